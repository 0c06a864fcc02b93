"""How many requests are open at once, and how many a minute."""

import asyncio

import pytest
from asking import Asker, FastClock, Named, echo, outcomes
from openai_server import FakeModel

from build_artifacts.llm.limits import Limits


def test_no_more_requests_are_open_than_allowed(asker: Asker) -> None:
    async def ask(model):
        answers = asyncio.create_task(outcomes(model, [str(i) for i in range(80)]))
        await asyncio.sleep(0.4)
        during = model.usage()
        await answers
        return during, model.usage()

    with FakeModel(echo, seconds=0.7) as server:
        during, after = asker.run(server, ask, concurrency=50)
    assert server.most_at_once == 50
    assert 0 < during.in_flight <= 50
    assert during.waiting >= 20
    assert (after.in_flight, after.waiting, after.requests) == (0, 0, 80)


def test_requests_come_no_faster_than_the_setting(asker: Asker) -> None:
    with FakeModel(echo) as server:
        asker.run(server, lambda model: outcomes(model, [str(i) for i in range(60)]), requests_per_minute=600)
    seconds = (server.requests[-1].at - server.requests[0].at) * 200
    assert seconds >= 60 / 10 - 1 - 1


def test_tokens_flow_no_faster_than_the_setting(asker: Asker) -> None:
    with FakeModel(echo) as server:
        asker.run(server, lambda model: outcomes(model, [str(i) for i in range(40)]), tokens_per_minute=6000)
    # 40 answers of 100 tokens were announced, a hundred flow in a second, and most of an answer is given back.
    assert (server.requests[-1].at - server.requests[0].at) * 200 >= 10


def test_the_endpoints_headers_set_the_rate(asker: Asker) -> None:
    headers = {"x-ratelimit-limit-requests": "300", "x-ratelimit-limit-tokens": "1000000"}
    with FakeModel(echo, headers=headers) as server:

        async def ask(model):
            await outcomes(model, ["first"])
            return await outcomes(model, [str(i) for i in range(40)])

        answers = asker.run(server, ask, requests_per_minute=None, tokens_per_minute=None)
    assert answers == [Named(name=str(i)) for i in range(40)]
    assert (server.requests[-1].at - server.requests[1].at) * 200 >= 40 / 5 - 1 - 1


@pytest.mark.parametrize(("reset", "least"), [("12s", 12), ("0m30s", 30), ("2h", 60), ("20s500ms", 20.5)])
def test_what_is_used_up_is_waited_for(asker: Asker, reset: str, least: float) -> None:
    headers = {"x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": reset}

    async def ask(model):
        await outcomes(model, ["first"])
        await outcomes(model, ["second"])

    with FakeModel(echo, headers=headers) as server:
        asker.run(server, ask)
    assert least * 0.9 <= sum(asker.clock.slept) <= least + 1


def test_rates_fall_with_a_refusal_and_recover_with_answers() -> None:
    async def watch():
        limits = Limits(600, 60_000, FastClock())
        limits.refused(1.0)
        limits.refused(1.0)
        fallen = limits.per_minute
        for _ in range(100):
            limits.answered({}, 0)
        return fallen, limits.per_minute

    fallen, recovered = asyncio.run(watch())
    assert fallen == (400, 40_000)
    assert recovered == (600, 60_000)
