"""Texts of many requests on one processor: batches, turns, limits, and requests that nobody waits for any longer."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from recording_model import RecordingModel, text

from functions.api.embedding.measures import EmbeddingMeasures
from functions.api.embedding.pool import DeadlineError, DirectPool, MicroBatchingPool, QueueFullError

FIRST = text(9999)


@asynccontextmanager
async def pool_of(queue_tokens: int = 100_000, seconds: float = 20, workers: int = 1) -> AsyncIterator[Any]:
    pool = MicroBatchingPool(queue_tokens, seconds, EmbeddingMeasures(), workers)
    await pool.start()
    try:
        yield pool
    finally:
        await pool.close()


async def occupied(pool: MicroBatchingPool, model: RecordingModel) -> asyncio.Task:
    """A request whose only text the worker computes until the model is free."""
    task = asyncio.create_task(pool.embed(model, [FIRST]))
    await until(model.began.is_set)
    return task


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.001)


async def begun(*awaitables: Any) -> list[asyncio.Task]:
    """Tasks that have had their first turn."""
    tasks = [asyncio.ensure_future(awaitable) for awaitable in awaitables]
    await asyncio.sleep(0)
    return tasks


def test_every_request_gets_its_own_embeddings_in_its_own_order() -> None:
    async def scenario() -> None:
        model = RecordingModel()
        requests = [[text(100 * i + j, 1 + (i * j) % 90) for j in range(i)] for i in range(40)]
        async with pool_of(workers=3) as pool:
            answers = await asyncio.gather(*(pool.embed(model, ids) for ids in requests))
        for ids, embeddings in zip(requests, answers, strict=True):
            assert embeddings.shape == (len(ids), 2)
            assert embeddings.tolist() == [[ids_of[0], len(ids_of)] for ids_of in ids]

    asyncio.run(scenario())


def test_requests_that_come_while_a_batch_is_computed_share_the_next_one() -> None:
    async def scenario() -> None:
        model = RecordingModel(held=True)
        async with pool_of() as pool:
            first = await occupied(pool, model)
            others = await begun(*(pool.embed(model, [text(i)]) for i in range(30)))
            model.free.set()
            await asyncio.gather(first, *others)
        assert [len(batch) for batch in model.batches] == [1, 30]

    asyncio.run(scenario())


def test_a_batch_holds_no_more_tokens_than_a_processor_computes_well() -> None:
    async def scenario() -> None:
        model = RecordingModel()
        ids = [text(i, 50) for i in range(100)] + [text(100, 2000)]
        async with pool_of() as pool:
            await pool.embed(model, ids)
        assert model.batches[0] == [100]
        assert {len(batch) for batch in model.batches[1:]} == {10}

    asyncio.run(scenario())


def test_on_a_gpu_a_batch_holds_as_many_as_fill_it() -> None:
    async def scenario() -> None:
        model = RecordingModel()
        model.on_gpu = True
        async with pool_of() as pool:
            await pool.embed(model, [text(i, 50) for i in range(400)])
        assert [len(batch) for batch in model.batches] == [327, 73]

    asyncio.run(scenario())


def test_workers_that_have_nothing_to_do_share_what_comes() -> None:
    async def scenario() -> None:
        model = RecordingModel(held=True)
        async with pool_of(workers=4) as pool:
            await asyncio.sleep(0.05)
            (request,) = await begun(pool.embed(model, [text(i, 80) for i in range(4)]))
            await until(lambda: len(model.batches) == 4)
            model.free.set()
            await request
        assert [len(batch) for batch in model.batches] == [1, 1, 1, 1]

    asyncio.run(scenario())


def test_a_query_waits_for_a_batch_and_not_for_the_thousand_texts_before_it() -> None:
    async def scenario() -> None:
        model = RecordingModel(held=True)
        async with pool_of() as pool:
            first = await occupied(pool, model)
            many, query = await begun(
                pool.embed(model, [text(i, 100) for i in range(1000)]), pool.embed(model, [text(5000)])
            )
            model.free.set()
            await asyncio.gather(first, many, query)
        assert 5000 in model.batches[1]

    asyncio.run(scenario())


def test_texts_of_two_models_are_never_in_one_batch_and_models_take_turns() -> None:
    async def scenario() -> None:
        one, other = RecordingModel(held=True), RecordingModel()
        async with pool_of() as pool:
            first = await occupied(pool, one)
            many, query = await begun(pool.embed(one, [text(i, 100) for i in range(50)]), pool.embed(other, [text(7)]))
            one.free.set()
            await asyncio.gather(first, many, query)
        assert other.batches == [[7]]
        assert len(one.batches) == 11
        assert other.moments[0] < one.moments[3]

    asyncio.run(scenario())


def test_a_full_queue_refuses_and_says_when_to_come_back() -> None:
    async def scenario() -> None:
        model = RecordingModel(held=True)
        async with pool_of(queue_tokens=1000) as pool:
            first = await occupied(pool, model)
            waiting = await begun(*(pool.embed(model, [text(i, 100)]) for i in range(10)))
            with pytest.raises(QueueFullError) as refusal:
                await pool.embed(model, [text(1)])
            assert refusal.value.retry_after_seconds >= 1
            model.free.set()
            await asyncio.gather(first, *waiting)
            assert (await pool.embed(model, [text(1)])).tolist() == [[1, 4]]

    asyncio.run(scenario())


def test_a_request_larger_than_the_queue_leaves_room_for_others() -> None:
    async def scenario() -> None:
        model = RecordingModel(held=True)
        async with pool_of(queue_tokens=1000) as pool:
            first = await occupied(pool, model)
            large = await begun(*(pool.embed(model, [text(i, 100) for i in range(50)]) for _ in range(8)))
            with pytest.raises(QueueFullError):
                await pool.embed(model, [text(1)])
            large[0].cancel()
            await asyncio.wait(large[:1])
            (query,) = await begun(pool.embed(model, [text(1)]))
            model.free.set()
            assert (await query).tolist() == [[1, 4]]
            await asyncio.gather(first, *large[1:])
            (again,) = await begun(pool.embed(model, [text(2, 100)] * 50))
            assert len(await again) == 50

    asyncio.run(scenario())


def test_a_request_that_takes_too_long_ends_and_what_is_left_of_it_is_not_computed() -> None:
    async def scenario() -> None:
        model = RecordingModel(held=True)
        async with pool_of(seconds=0.05) as pool:
            first = await occupied(pool, model)
            (late,) = await begun(pool.embed(model, [text(i) for i in range(500)]))
            with pytest.raises(DeadlineError, match=r"within 0.05 s"):
                await late
            model.free.set()
            with pytest.raises(DeadlineError):
                await first
            await pool.embed(model, [text(1)])
        assert model.embedded == [9999, 1]

    asyncio.run(scenario())


def test_a_client_that_left_costs_nothing_and_frees_its_place() -> None:
    async def scenario() -> None:
        model = RecordingModel(held=True)
        async with pool_of(queue_tokens=1000) as pool:
            first = await occupied(pool, model)
            gone = await begun(*(pool.embed(model, [text(i, 100)]) for i in range(10)))
            for task in gone:
                task.cancel()
            await asyncio.wait(gone)
            there = await begun(*(pool.embed(model, [text(70 + i, 100)]) for i in range(10)))
            model.free.set()
            await asyncio.gather(first, *there)
        assert model.embedded == [9999, *range(70, 80)]

    asyncio.run(scenario())


def test_a_model_that_fails_fails_the_requests_of_its_batch_and_no_others() -> None:
    class Failing(RecordingModel):
        def encode_tokens(self, ids: Any) -> Any:
            raise MemoryError

    async def scenario() -> None:
        async with pool_of() as pool:
            found = await asyncio.gather(
                pool.embed(Failing(), [text(1)]), pool.embed(RecordingModel(), [text(2)]), return_exceptions=True
            )
        assert isinstance(found[0], MemoryError)
        assert found[1].tolist() == [[2, 4]]

    asyncio.run(scenario())


def test_workers_compute_at_the_same_time() -> None:
    async def scenario() -> None:
        one, other = RecordingModel(held=True), RecordingModel(held=True)
        async with pool_of(workers=2) as pool:
            tasks = [await occupied(pool, one), await occupied(pool, other)]
            one.free.set()
            other.free.set()
            await asyncio.gather(*tasks)

    asyncio.run(scenario())


def test_closing_ends_the_workers_while_texts_wait() -> None:
    async def scenario() -> None:
        model = RecordingModel(held=True)
        async with pool_of() as pool:
            await occupied(pool, model)
            await begun(pool.embed(model, [text(i, 500) for i in range(100)]))
            asyncio.get_running_loop().call_later(0.05, model.free.set)
            started = time.perf_counter()
            await pool.close()
            assert time.perf_counter() - started < 10
        assert len(model.batches) == 1

    asyncio.run(scenario())


def test_what_the_pool_did_is_measured() -> None:
    async def scenario() -> None:
        measures = EmbeddingMeasures()
        pool = MicroBatchingPool(1000, 20, measures)
        await pool.start()
        await pool.embed(RecordingModel(), [text(1, 5), text(2, 6)])
        await pool.close()
        assert measures.since_last() == {"BatchTexts": [2]}
        lines = [line for metric in measures.metrics() for line in metric.lines()]
        assert "leadgen_embedding_batch_tokens_sum 11" in lines
        assert "leadgen_embedding_pool_seconds_count 1" in lines
        assert "leadgen_embedding_waiting_tokens 0" in lines

    asyncio.run(scenario())


def test_in_lambda_a_request_is_one_batch() -> None:
    model = RecordingModel()
    pool = DirectPool(EmbeddingMeasures())
    assert asyncio.run(pool.embed(model, [text(3), text(4, 9)])).tolist() == [[3, 4], [4, 9]]
    assert model.batches == [[3, 4]]


def test_texts_of_a_model_that_computes_its_whole_limit_count_for_it() -> None:
    async def scenario() -> None:
        model = RecordingModel(held=True, width=2_000)
        async with pool_of(queue_tokens=3_000) as pool:
            first = await occupied(pool, model)
            # An eighth of the room is the most that a request is charged.
            waiting = await begun(*(pool.embed(model, [text(i)]) for i in range(8)))
            with pytest.raises(QueueFullError):
                await pool.embed(model, [text(8)])
            model.free.set()
            await asyncio.gather(first, *waiting)
        assert model.batches == [[9999], *([i] for i in range(8))], "two would be too much for a batch"

    asyncio.run(scenario())
