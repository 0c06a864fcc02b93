"""Requests that nobody sensible sends to the operations that embed."""

import json
import math
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

ADDRESSES = ("/embed", "/embed/batch", "/similarity", "/tokenize", "/v1/embeddings")
_WORDS = ["wind", "spain", "ümlaut", "漢字", "🦄", "\u202e", "e\u0301" * 5, "##a", "[CLS]", "\u200b", "a" * 300]


@dataclass(frozen=True)
class FuzzedRequest:
    """A request's address and body."""

    address: str
    body: bytes
    headers: dict[str, str] = field(default_factory=lambda: {"content-type": "application/json"})


def fuzzed_requests(count: int, seed: int) -> Iterator[FuzzedRequest]:
    """So many of them; the same for the same seed."""
    draw = random.Random(seed)
    for _ in range(count):
        address = draw.choice(ADDRESSES)
        body = _damaged(draw, json.dumps(_body(draw, address)).encode())
        yield FuzzedRequest(address + draw.choice(_QUERIES), body)


def _body(draw: random.Random, address: str) -> Any:
    if draw.random() < 0.1:
        return _anything(draw)
    if address == "/embed/batch":
        return _texts(draw)
    names = {"/embed": "texts", "/similarity": "texts", "/tokenize": "texts", "/v1/embeddings": "input"}
    body = {names[address]: _texts(draw)}
    if address == "/v1/embeddings":
        body["model"] = "acme/e5-tiny"
        if draw.random() < 0.4:
            body["input"] = _ids(draw)
    if draw.random() < 0.3:
        body["query"] = draw.choice([_text, _texts])(draw)
    for name, values in _OPTIONS.items():
        if draw.random() < 0.15:
            body[name] = _anything(draw) if draw.random() < 0.2 else draw.choice(values)
    return body


_QUERIES = [*[""] * 15, "?dimensions=3", "?model=%00", "?=&&x"]
_OPTIONS: dict[str, list[Any]] = {
    "truncate": ["end", "start", "error", None],
    "long_text": ["window", "truncate"],
    "input_type": ["query", "passage", None],
    "dimensions": [1, 31, 32, 33, 0, -1, 10**30, 1.5, None],
    "model": ["acme/e5-tiny", "hashing", "\x00", "x" * 5000],
    "encoding_format": ["float", "base64"],
    "user": ["somebody", "\ud800"],
    "pairs": [[["a", "b"]], [["a"]], [[]], []],
}


def _texts(draw: random.Random) -> Any:
    return [_text(draw) for _ in range(draw.choice([0, 1, 1, 2, 3, 20]))]


def _text(draw: random.Random) -> Any:
    return _TEXTS[draw.choices(range(len(_TEXTS)), _WEIGHTS)[0]](draw)


_TEXTS: list[Callable[[random.Random], Any]] = [
    lambda draw: " ".join(draw.choices(_WORDS, k=draw.randrange(40))),
    lambda draw: "".join(
        chr(draw.choice([draw.randrange(0xD800), draw.randrange(0xE000, 0x11_0000)]))
        for _ in range(draw.randrange(200))
    ),
    lambda draw: draw.choice(["", "\x00", "\ud83d", "\udc00x", " " * 1000, "\n\t", "\x00" * 1000]),
    lambda draw: draw.choice("aé漢 ") * 1_000_000,
    lambda draw: "wind " * 100_000,
    lambda draw: _anything(draw),
]
_WEIGHTS = [70, 20, 4, 0.3, 0.3, 1]


def _ids(draw: random.Random) -> Any:
    values = [0, 1, 5, 30, 69, 10**6, -1, 2**31, 2**63, 10**40, 1.0, True, None, "a"]
    ids = [draw.choice(values[: draw.choice([4, 4, 4, len(values)])]) for _ in range(draw.choice([0, 1, 5, 30, 2000]))]
    return draw.choice([ids, [ids], [ids, [1, 2]]])


def _anything(draw: random.Random) -> Any:
    nested: Any = []
    for _ in range(draw.choice([1, 10, 190, 900])):
        nested = [nested]
    values = [nested, math.nan, math.inf, -0.0, 10**4000, 1e308, True, None, "\ud800", {"": {}}, {"a": [None]}, [[[]]]]
    return draw.choice(values)


def _damaged(draw: random.Random, body: bytes) -> bytes:
    """Mostly as it is; else cut, or with a byte that is wrong."""
    kind = draw.random()
    place = draw.randrange(len(body))
    if kind < 0.05:
        return body[:place]
    if kind < 0.1:
        return body[:place] + bytes([draw.randrange(256)]) + body[place + 1 :]
    return body
