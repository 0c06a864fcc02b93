"""Names and encodings that the writer and the reader of a row store share."""

import unicodedata
from hashlib import blake2b
from typing import Any

FORMAT = 1
SPEC_FILE = "rows.spec.json"
RECORDS_FILE = "rows.json"
OFFSETS_FILE = "rows.offsets.npy"
ID_HASHES_FILE = "ids.hash.npy"
ID_ROWS_FILE = "ids.row.npy"
LABELS_FILE = "labels.npy"
# JSON may escape half of a surrogate pair; such an id must still be stored and found.
ENCODING = ("utf-8", "surrogatepass")


def id_hash(identifier: str) -> int:
    """The first 8 bytes of the id's BLAKE2b digest (RFC 7693) as an unsigned integer."""
    return int.from_bytes(blake2b(identifier.encode(*ENCODING), digest_size=8).digest(), "little")


def category_key(value: Any) -> str | None:
    """What makes two categories equal: text in NFC, trimmed, case-folded; None when there is no value.

    Whole floats read like integers (5.0 is "5") and booleans like JSON's ("true"), so that a filter in JSON
    meets a column that was read as numbers.
    """
    if value is None or (isinstance(value, float) and value != value):
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return unicodedata.normalize("NFC", str(value).strip()).casefold() or None


def column_file(number: int, part: str) -> str:
    """A file of the `number`-th filter column: `codes.npy`, `values.txt`, `offsets.npy`, `numbers.npy`."""
    return f"filter.{number}.{part}"
