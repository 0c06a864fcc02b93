"""Ten minutes of everything that callers do: memory stays what it was, and nothing but 200 and 429 is answered."""

import itertools
import json
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import psutil
import pytest

from benchmarks.http_load import load, post

pytestmark = pytest.mark.soak
MINUTES = 10
TEXT = "we make wind turbine blades in spain and lease trucks"
SETTINGS = {"LEADGEN_QUEUE_TOKENS": "512", "LEADGEN_EMBEDDING_CACHE_MB": "4"}


def requests() -> Iterator[bytes]:
    """New and known texts, one and many, short and long."""
    for number in itertools.count():
        yield post("/embed", json.dumps({"query": f"{TEXT} {number}"}).encode())
        yield post("/embed", json.dumps({"query": f"{TEXT} {number % 50}"}).encode())
        if not number % 5:
            yield post("/embed/batch", json.dumps([f"{TEXT} {number} {i}" for i in range(300)]).encode())
            yield post(
                "/v1/embeddings",
                json.dumps({"model": "acme/e5-tiny", "input": [TEXT] * 20, "encoding_format": "base64"}).encode(),
            )
            yield post("/embed", json.dumps({"texts": [TEXT * 500], "long_text": "window"}).encode())


def test_memory_is_flat_and_nothing_fails_whoever_leaves(models_setting: str, serve_models: Callable[..., Any]) -> None:
    with serve_models(LEADGEN_EMBEDDING_MODELS=models_setting, **SETTINGS) as server:
        found = re.search(r":(\d+)$", server.url)
        assert found
        process, asked, statuses = psutil.Process(server.process.pid), requests(), Counter[int]()
        resident = []
        ends = time.monotonic() + 60 * MINUTES
        while time.monotonic() < ends:
            # Clients leave when a run ends, in the midst of their requests.
            measured = load(int(found[1]), asked, clients=64, seconds=5, leave=True)
            statuses += measured.statuses
            assert measured.lost == 0
            resident.append(process.memory_info().rss)
        assert set(statuses) <= {200, 429}
        assert statuses[200] > 1000
    quarter = len(resident) // 4
    # Allocators settle while the cache fills; what is left for ever by every request would be far more than a tenth.
    assert max(resident[-quarter:]) < 1.1 * max(resident[quarter : 2 * quarter])
