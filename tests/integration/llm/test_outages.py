"""An endpoint that is out is left alone, and asked again later."""

import time

import pytest
from asking import Asker, FastClock, Named, echo, outcomes, question
from openai_server import HANG, FakeModel, always, first, status

from build_artifacts.llm import LanguageModelUnavailableError

MANY = [str(i) for i in range(50)]


def unavailable(results: list) -> bool:
    return all(isinstance(result, LanguageModelUnavailableError) for result in results)


def test_an_outage_costs_few_requests_and_ends_by_itself(asker: Asker) -> None:
    async def through_an_outage(model, server):
        server.out = True
        assert unavailable(await outcomes(model, MANY))
        during = len(server.requests)
        assert unavailable(await outcomes(model, [f"later {i}" for i in range(300)]))
        assert len(server.requests) - during <= 50
        server.out = False
        await asker.clock.sleep(40)
        await model.ask(question("is it back?"))
        return await outcomes(model, MANY)

    with FakeModel(echo) as server:
        answers = asker.run(server, lambda model: through_an_outage(model, server))
    assert answers == [Named(name=text) for text in MANY]


def test_while_out_one_request_alone_tries_again(asker: Asker) -> None:
    async def half_open(model, server):
        server.out = True
        await outcomes(model, MANY)
        await asker.clock.sleep(40)
        before = len(server.requests)
        await outcomes(model, MANY)
        return len(server.requests) - before

    with FakeModel(echo) as server:
        assert 1 <= asker.run(server, lambda model: half_open(model, server)) <= 2


def test_an_endpoint_that_hangs_is_given_up(asker: Asker) -> None:
    with FakeModel(echo, always(HANG)) as server:
        started = time.monotonic()
        assert unavailable(asker.run(server, lambda model: outcomes(model, MANY), timeout=0.3))
        assert time.monotonic() - started < 2
    assert len(server.requests) <= 100


def test_a_host_that_is_not_there_costs_nothing(asker: Asker) -> None:
    with FakeModel(echo) as server:
        pass
    assert unavailable(asker.run(server, lambda model: outcomes(model, MANY)))
    assert asker.spent() == 0


def test_a_short_disturbance_is_no_outage(asker: Asker) -> None:
    asker.clock = FastClock(2)
    with FakeModel(echo, first(50, status(503))) as server:
        answers = asker.run(server, lambda model: outcomes(model, MANY))
    assert answers == [Named(name=text) for text in MANY]


def test_the_usage_counts_what_was_given_up(asker: Asker) -> None:
    async def ask(model, server):
        server.out = True
        with pytest.raises(LanguageModelUnavailableError):
            await model.ask(question())
        return model.usage()

    with FakeModel(echo) as server:
        usage = asker.run(server, lambda model: ask(model, server))
    assert (usage.unavailable, usage.requests, usage.retries) == (1, 6, 5)
