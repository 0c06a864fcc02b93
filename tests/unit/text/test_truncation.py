import numpy as np
import pytest
from leadgen.errors import InputError
from leadgen.text import NeuralTextModel, TooLongError, load_text_model
from leadgen.text.spec import TextModelSpec

WORDS = " ".join(f"word{i}" for i in range(1000))


@pytest.fixture(scope="module")
def e5(minilm_folder, tmp_path_factory):
    """MiniLM with E5's prefixes: a model whose prefix must survive every cut."""
    folder = tmp_path_factory.mktemp("e5")
    for path in minilm_folder.iterdir():
        (folder / path.name).symlink_to(path)
    (folder / "spec.json").unlink()
    prefixes = {"query_prefix": "query: ", "passage_prefix": "passage: "}
    TextModelSpec.read(minilm_folder).model_copy(update=prefixes).write(folder)
    return load_text_model(folder, threads=1, self_test=False)


def test_a_neural_model_reads_token_ids(minilm):
    assert isinstance(minilm, NeuralTextModel)


def test_what_is_cut_is_counted_exactly(minilm):
    encoded = minilm.encode_counted(["word " * 254, "word " * 255, "word " * 1254, ""])
    assert encoded.tokens.tolist() == [256, 256, 256, 2]
    assert encoded.cut.tolist() == [0, 1, 1000, 0]
    assert encoded.truncated.tolist() == [False, True, True, False]


@pytest.mark.parametrize("kind", ["query", "passage"])
def test_either_side_may_be_left_out_and_the_prefix_and_special_tokens_stay(e5, kind):
    (whole,) = e5.tokenise([WORDS], kind, None).ids
    before, after = e5.frame(kind)
    room = 256 - len(before) - len(after)
    (end,), (start,) = (e5.tokenise([WORDS], kind, side).ids for side in ("end", "start"))
    body = whole[len(before) : -len(after)]
    assert end.tolist() == [*before, *body[:room], *after]
    assert start.tolist() == [*before, *body[-room:], *after]
    assert e5.tokenise([""], kind).ids[0].tolist() == [*before, *after]


def test_a_text_that_may_not_be_cut_is_refused_by_its_place_and_length(minilm):
    with pytest.raises(TooLongError, match="text 2 has 257 tokens but the text model reads 256") as refused:
        minilm.encode_counted(["a", "word " * 254, "word " * 255], truncate="error")
    assert (refused.value.position, refused.value.tokens, refused.value.limit) == (2, 257, 256)


def test_texts_given_as_token_ids_are_embedded_as_if_given_as_texts(minilm):
    texts = ["a family-owned brewery", "", "word " * 400]
    bodies = [ids[1:-1].tolist() for ids in minilm.tokenise(texts, truncate=None).ids]
    wrapped, tokenised = minilm.wrapped(bodies), minilm.tokenise(texts)
    assert [ids.tolist() for ids in wrapped.ids] == [ids.tolist() for ids in tokenised.ids]
    assert wrapped.cut.tolist() == [0, 0, 146]
    np.testing.assert_allclose(minilm.encode_tokens(wrapped.ids), minilm.encode(texts), atol=2e-6)


@pytest.mark.parametrize(
    "ids", [[-1], [30522], [1.0], [True], [2**70], ["101"], [[101]], [[1], [2, 3]], [None], 5, [2**63]]
)
def test_what_is_no_token_id_is_refused_by_its_place(minilm, ids):
    with pytest.raises(InputError, match="text 1 is not a list of"):
        minilm.wrapped([[30521], ids])


def test_a_text_is_taken_apart_by_characters(minilm):
    text = "Æ brewery 🍺 in Bavaria!"
    (pieces,) = minilm.pieces([text])
    assert (pieces.tokens[0], pieces.special[0], pieces.offsets[0]) == ("[CLS]", True, (0, 0))
    assert "brewery" in [text[start:stop] for start, stop in pieces.offsets]
    assert pieces.ids == minilm.tokenise([text]).ids[0].tolist()
