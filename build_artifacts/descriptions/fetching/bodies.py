"""Bodies of bounded size, whatever they are compressed with."""

import zlib
from collections.abc import AsyncIterable

from build_artifacts.descriptions.fetching.errors import FetchError

ACCEPTED_ENCODINGS = "gzip, deflate"
_AUTOMATIC = 32 + zlib.MAX_WBITS
"""gzip or zlib, whichever the first bytes say."""


async def read_body(parts: AsyncIterable[bytes], encoding: str, most: int) -> bytes:
    """At most `most` bytes after decompression; what comes later is not read. Raises FetchError.

    Decompression stops at the limit too, so that a bomb never unfolds (https://cwe.mitre.org/data/definitions/409.html).
    """
    decoder = _decoder(encoding)
    body = bytearray()
    async for part in parts:
        body += decoder.decode(part, most - len(body))
        if len(body) >= most:
            break
    return bytes(body)


class _Plain:
    def decode(self, part: bytes, room: int) -> bytes:
        return part[:room]


class _Inflating:
    def __init__(self) -> None:
        self._stream = zlib.decompressobj(_AUTOMATIC)
        self._started = False

    def decode(self, part: bytes, room: int) -> bytes:
        try:
            found = self._stream.decompress(part, max(room, 1))
        except zlib.error as error:
            if self._started:
                raise FetchError("content", "cannot be decompressed") from error
            # Some servers send deflate without the zlib header that RFC 9110, section 8.4.1.2 wants.
            self._stream = zlib.decompressobj(-zlib.MAX_WBITS)
            found = self._raw(part, room)
        self._started = True
        return found

    def _raw(self, part: bytes, room: int) -> bytes:
        try:
            return self._stream.decompress(part, max(room, 1))
        except zlib.error as error:
            raise FetchError("content", "cannot be decompressed") from error


def _decoder(encoding: str) -> _Plain | _Inflating:
    encoding = encoding.strip().lower()
    if encoding in ("", "identity"):
        return _Plain()
    if encoding in ("gzip", "x-gzip", "deflate"):
        return _Inflating()
    raise FetchError("content", f"is compressed by {encoding[:20]!r}, which was not asked for")


def gunzip(body: bytes, most: int) -> bytes:
    """A sitemap may be a gzip file whatever its headers say; raises FetchError."""
    return _Inflating().decode(body, most) if body[:2] == b"\x1f\x8b" else body
