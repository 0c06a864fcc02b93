"""Cursors: what goes in comes out, and nothing else does."""

import json
from base64 import urlsafe_b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from leadgen.database.cursor import _DIGEST_BYTES, Cursor, CursorError, _digest, decode, encode

INTEGERS = st.integers(-(2**63) + 1, 2**63 - 1)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)


@given(
    st.lists(INTEGERS, max_size=3, unique=True),
    FLOATS,
    INTEGERS,
    st.text(max_size=10).filter(lambda text: "\0" not in text),
)
def test_a_cursor_comes_back_exactly(runs: list[int], similarity: float, row: int, quarter: str) -> None:
    cursor = Cursor(tuple(runs), (similarity, row, quarter))
    assert decode("question", encode("question", cursor), (float, int, str)) == cursor


@given(st.text(max_size=60))
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(CursorError):
        decode("question", text, (int,))


def forged(payload: object) -> str:
    """A cursor with the right digest around any payload."""
    content = json.dumps(payload).encode()
    return urlsafe_b64encode(_digest("question", content) + content).decode().rstrip("=")


@pytest.mark.parametrize(
    "payload",
    [
        [[1], [2**63]],
        [[2**70], [1]],
        [["1"], [1]],
        [[1], [True]],
        [[1], [1.5]],
        [[1], [1, 2]],
        [[1], "1"],
        [[1, 1], [1]],
        [list(range(1000)), [1]],
        [1, [1]],
        [[1]],
        {"runs": [1]},
        None,
    ],
)
def test_values_of_another_type_or_range_are_refused_even_with_the_right_digest(payload: object) -> None:
    with pytest.raises(CursorError):
        decode("question", forged(payload), (int,))


def test_half_a_surrogate_pair_is_refused() -> None:
    with pytest.raises(CursorError):
        decode("question", forged([[1], ["\ud800"]]), (str,))


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e999"])
def test_numbers_that_are_not_finite_are_refused(number: str) -> None:
    content = f"[[1], [{number}]]".encode()
    text = urlsafe_b64encode(_digest("question", content) + content).decode().rstrip("=")
    with pytest.raises(CursorError):
        decode("question", text, (float,))


def test_a_cursor_of_another_question_is_refused() -> None:
    text = encode("one question", Cursor((1,), (2,)))
    assert len(text) > _DIGEST_BYTES
    with pytest.raises(CursorError, match="another question"):
        decode("another", text, (int,))
