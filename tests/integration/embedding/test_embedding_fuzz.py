"""What nobody sensible sends is refused or embedded, and never an error of the server."""

from collections import Counter
from typing import Any

import httpx
import pytest
from embedding_fuzz import fuzzed_requests


@pytest.mark.parametrize("count", [500, pytest.param(10_000, marks=pytest.mark.soak)])
def test_strange_requests_are_embedded_or_refused(texts: httpx.Client, embedding_server: Any, count: int) -> None:
    statuses: Counter[int] = Counter()
    for request in fuzzed_requests(count, seed=count):
        answer = texts.post(request.address, content=request.body, headers=request.headers)
        statuses[answer.status_code] += 1
        assert answer.status_code < 500, (request.address, request.body[:500], answer.text)
    # A fuzzer that is refused at the door proves nothing.
    assert statuses[200] > 0.2 * count
    assert statuses[400] > 0.05 * count
    assert statuses[422] > 0.05 * count
    assert embedding_server.process.poll() is None
    assert '"level": "ERROR"' not in embedding_server.log.read_text()
