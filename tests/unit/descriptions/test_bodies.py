"""Bodies are bounded whatever they are compressed with."""

import asyncio
import gzip
import tracemalloc
import zlib

import pytest

from build_artifacts.descriptions.fetching.bodies import read_body
from build_artifacts.descriptions.fetching.errors import FetchError

TEXT = b"We make anvils. " * 1000


def read(parts, encoding, most=1 << 20):
    async def stream():
        for part in parts:
            yield part

    return asyncio.run(read_body(stream(), encoding, most))


def raw_deflate(data):
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [
        ("", TEXT),
        ("identity", TEXT),
        ("gzip", gzip.compress(TEXT)),
        ("X-GZIP", gzip.compress(TEXT)),
        ("deflate", zlib.compress(TEXT)),
        ("deflate", raw_deflate(TEXT)),
    ],
)
def test_every_encoding_that_is_asked_for_is_read(encoding, packed):
    assert read([packed[:7], packed[7:]], encoding) == TEXT


def test_a_body_is_cut_at_the_limit():
    assert read([TEXT, TEXT], "", 100) == TEXT[:100]
    assert read([gzip.compress(TEXT)], "gzip", 100) == TEXT[:100]


def test_a_bomb_does_not_unfold():
    bomb = gzip.compress(b"\0" * (100 << 20))
    tracemalloc.start()
    assert len(read([bomb], "gzip", 2 << 20)) == 2 << 20
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 16 << 20


@pytest.mark.parametrize(("encoding", "body"), [("br", TEXT), ("zstd", TEXT), ("gzip, gzip", TEXT), ("gzip", TEXT)])
def test_what_cannot_be_read_is_refused(encoding, body):
    with pytest.raises(FetchError) as refusal:
        read([body], encoding)
    assert refusal.value.reason == "content"


def test_a_body_that_ends_early_is_read_as_far_as_it_goes():
    assert TEXT.startswith(read([gzip.compress(TEXT)[:-20]], "gzip"))
