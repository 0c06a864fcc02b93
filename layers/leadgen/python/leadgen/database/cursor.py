"""Where a page of a list ended, as opaque text for the caller to give back."""

import binascii
import hashlib
import json
import math
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass

from leadgen.errors import LeadgenError

Value = int | float | str
Values = tuple[Value, ...]
_DIGEST_BYTES = 9
_LARGEST_INTEGER = 2**63 - 1
_MOST_RUNS = 200


class CursorError(LeadgenError):
    """A cursor that is malformed, or that another question gave."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """The runs that the first page was answered from, and the keys of the last row shown.

    Later pages are answered from the same runs, although newer ones may be complete by then.
    """

    runs: tuple[int, ...]
    after: Values


def encode(question: str, cursor: Cursor) -> str:
    """The cursor as text that `decode` takes for the same question only."""
    payload = json.dumps([cursor.runs, cursor.after], separators=(",", ":")).encode()
    return urlsafe_b64encode(_digest(question, payload) + payload).decode().rstrip("=")


def decode(question: str, text: str, kinds: Sequence[type]) -> Cursor:
    """The cursor that `encode` wrote; `kinds` are the types of its keys. Raises CursorError.

    The digest finds accidents and cursors of other questions. It has no key: a forged cursor only names another
    place in a list that its caller may read, and its values reach the database as data.
    """
    try:
        raw = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
        payload = raw[_DIGEST_BYTES:]
        runs, after = json.loads(payload)
        genuine = raw[:_DIGEST_BYTES] == _digest(question, payload)
        if not (genuine and _are_runs(runs) and _fit(after, kinds)):
            raise CursorError("The cursor belongs to another question")
    except (ValueError, TypeError, binascii.Error, RecursionError) as error:
        raise CursorError("The cursor is malformed") from error
    return Cursor(tuple(runs), tuple(after))


def _digest(question: str, payload: bytes) -> bytes:
    return hashlib.blake2b(payload + b"\0" + question.encode(), digest_size=_DIGEST_BYTES).digest()


def _are_runs(values: object) -> bool:
    """Each once: a repeated one would repeat what it holds. The list of runs itself has none."""
    if not isinstance(values, list) or len(values) > _MOST_RUNS:
        return False
    return _fit(values, [int] * len(values)) and len(set(values)) == len(values)


def _fit(values: object, kinds: Sequence[type]) -> bool:
    if not isinstance(values, list) or len(values) != len(kinds):
        return False
    return all(_is(value, kind) for value, kind in zip(values, kinds, strict=True))


def _is(value: object, kind: type) -> bool:
    if kind is float:
        return isinstance(value, float) and math.isfinite(value)
    if kind is int:
        return type(value) is int and abs(value) <= _LARGEST_INTEGER
    return isinstance(value, str) and "\0" not in value and not any("\ud800" <= letter <= "\udfff" for letter in value)
