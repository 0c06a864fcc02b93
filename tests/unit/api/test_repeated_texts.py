"""Embeddings of texts that come again, in this process and in a Redis that may be away."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import numpy as np
import pytest
from leadgen.settings import Settings
from recording_model import RecordingModel, text
from redis_server import RedisServer

from functions.api.embedding import shared_cache
from functions.api.embedding.cache import CachedPool, EmbeddingCache
from functions.api.embedding.measures import EmbeddingMeasures
from functions.api.embedding.opening import open_pool
from functions.api.embedding.pool import DirectPool
from functions.api.embedding.shared_cache import SharedCache

A_MB = 1024**2


def cached(most_bytes: int = A_MB, shared: SharedCache | None = None) -> CachedPool:
    measures = EmbeddingMeasures()
    return CachedPool(DirectPool(measures), EmbeddingCache(most_bytes), shared, measures)


def embedded(model: RecordingModel, *requests: Sequence[np.ndarray]) -> list[list[list[float]]]:
    async def scenario() -> list[Any]:
        pool = cached()
        return [(await pool.embed(model, ids)).tolist() for ids in requests]

    return asyncio.run(scenario())


def test_a_text_that_comes_again_is_not_computed_again() -> None:
    model = RecordingModel()
    first, second = embedded(model, [text(1), text(2)], [text(3), text(2), text(1)])
    assert first == [[1, 4], [2, 4]]
    assert second == [[3, 4], [2, 4], [1, 4]]
    assert model.batches == [[1, 2], [3]]


def test_a_text_twice_in_one_request_is_computed_once() -> None:
    model = RecordingModel()
    (answer,) = embedded(model, [text(1), text(2), text(1)])
    assert answer == [[1, 4], [2, 4], [1, 4]]
    assert model.batches == [[1, 2]]


def test_a_request_without_texts_has_no_embeddings() -> None:
    assert asyncio.run(cached().embed(RecordingModel(), [])).shape == (0, 2)


def test_texts_of_other_lengths_and_other_models_are_other_texts() -> None:
    one, other = RecordingModel(), RecordingModel(digest="cd" * 32)

    async def scenario() -> None:
        pool = cached()
        await pool.embed(one, [text(1, 4), text(1, 5)])
        await pool.embed(other, [text(1, 4)])

    asyncio.run(scenario())
    assert one.batches == [[1, 1]]
    assert other.batches == [[1]]


def test_what_a_caller_does_to_its_answer_changes_no_other_answer() -> None:
    async def scenario() -> None:
        pool, model = cached(), RecordingModel()
        (await pool.embed(model, [text(1)]))[:] = 0
        (await pool.embed(model, [text(1)]))[:] = 0
        assert (await pool.embed(model, [text(1)])).tolist() == [[1, 4]]

    asyncio.run(scenario())


def test_memory_is_bounded_and_what_was_used_last_stays() -> None:
    cache = EmbeddingCache(100_000)
    embedding = np.ones(384, dtype=np.float32)
    cache.put(b"used", embedding)
    for number in range(1000):
        cache.put(str(number).encode(), embedding)
        assert cache.get(b"used") is not None
        assert cache.bytes <= 100_000
    assert cache.get(b"0") is None
    assert cache.get(b"999") is not None


def test_hits_and_misses_are_counted_by_texts() -> None:
    async def scenario() -> None:
        measures = EmbeddingMeasures()
        pool = CachedPool(DirectPool(measures), EmbeddingCache(A_MB), None, measures)
        await pool.embed(RecordingModel(), [text(1), text(1), text(2)])
        await pool.embed(RecordingModel(), [text(2)])
        assert (measures.hits.total, measures.misses.total) == (2, 2)

    asyncio.run(scenario())


def test_settings_choose_the_pool(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_LAMBDA_FUNCTION_NAME", raising=False)
    kinds = [
        type(open_pool(Settings(**chosen), EmbeddingMeasures())).__name__
        for chosen in ({}, {"embedding_cache_mb": 0}, {"embedding_cache_mb": 0, "batching": "off"})
    ]
    assert kinds == ["CachedPool", "MicroBatchingPool", "DirectPool"]
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "leadgen")
    assert isinstance(open_pool(Settings(embedding_cache_mb=0), EmbeddingMeasures()), DirectPool)


@asynccontextmanager
async def shared_by_two(**how: Any) -> AsyncIterator[tuple[RedisServer, CachedPool, CachedPool]]:
    """Two processes' pools over one Redis."""
    pytest.importorskip("redis", reason="the package redis is not installed")
    async with RedisServer(**how) as server:
        pools = [cached(shared=SharedCache(server.url)) for _ in range(2)]
        yield server, *pools
        for pool in pools:
            await pool.close()


@pytest.fixture
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine 5 ms may pass before even a quick answer is read."""
    monkeypatch.setattr(shared_cache, "_READ_SECONDS", 10)


async def written(server: RedisServer, entries: int) -> None:
    async with asyncio.timeout(10):
        while len(server.entries) < entries:
            await asyncio.sleep(0.005)


@pytest.mark.usefixtures("_patient")
def test_what_one_process_computed_another_finds_in_redis() -> None:
    async def scenario() -> None:
        async with shared_by_two() as (server, one, other):
            computing, finding = RecordingModel(), RecordingModel()
            await one.embed(computing, [text(1), text(2)])
            await written(server, 2)
            assert (await other.embed(finding, [text(2), text(3)])).tolist() == [[2, 4], [3, 4]]
            assert finding.batches == [[3]]
            assert server.expiries == {str(7 * 24 * 3600).encode()}
            assert all(key.startswith(b"leadgen:embedding:") for key in server.entries)

    asyncio.run(scenario())


@pytest.mark.usefixtures("_patient")
def test_an_entry_of_another_width_is_not_an_embedding() -> None:
    async def scenario() -> None:
        async with shared_by_two() as (server, one, other):
            await one.embed(RecordingModel(), [text(1)])
            await written(server, 1)
            server.entries = dict.fromkeys(server.entries, b"x")
            assert (await other.embed(RecordingModel(), [text(1)])).tolist() == [[1, 4]]

    asyncio.run(scenario())


@pytest.mark.parametrize("broken", [{"seconds": 30}, {"error": True}])
def test_a_redis_that_is_slow_or_refuses_delays_a_few_requests_by_milliseconds(broken: dict[str, Any]) -> None:
    async def scenario() -> None:
        async with shared_by_two(**broken) as (server, one, _):
            model = RecordingModel()
            started = time.perf_counter()
            for number in range(200):
                assert (await one.embed(model, [text(number)])).tolist() == [[number, 4]]
            assert time.perf_counter() - started < 2
            assert server.asked <= 8

    asyncio.run(scenario())


def test_a_redis_that_is_away_fails_no_request() -> None:
    pytest.importorskip("redis", reason="the package redis is not installed")
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        url = f"redis://127.0.0.1:{nobody.getsockname()[1]}"

        async def scenario() -> None:
            pool = cached(shared=SharedCache(url))
            assert (await pool.embed(RecordingModel(), [text(1)])).tolist() == [[1, 4]]
            await pool.close()

        asyncio.run(scenario())
