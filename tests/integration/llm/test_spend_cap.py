"""The cap is never crossed, and nothing is paid for twice."""

import subprocess
import sys
import time
from pathlib import Path

import pytest
from asking import MAX_TOKENS, PRICES, Asker, Named, echo, outcomes, question
from killed_asker import TEXTS
from openai_server import CLOSE, HANG, FakeModel, Reaction, always, every, first, status

from build_artifacts.llm import Prices, SpendCapError

CAP = 0.01
MANY = [f"question {i}" for i in range(150)]


def billed(server: FakeModel) -> float:
    return server.usd(PRICES.prompt, PRICES.completion)


def test_fifty_questions_at_once_stay_under_the_cap_and_use_it(asker: Asker) -> None:
    with FakeModel(echo, seconds=0.02) as server:
        results = asker.run(server, lambda model: outcomes(model, MANY), max_usd=CAP)
    answered = [result for result in results if isinstance(result, Named)]
    assert {type(result) for result in results} == {Named, SpendCapError}
    assert len(answered) == len(server.requests)
    assert billed(server) == pytest.approx(asker.spent())
    assert 0.9 * CAP <= asker.spent() <= CAP


def test_what_may_have_been_charged_stays_reserved(asker: Asker) -> None:
    with FakeModel(echo, every(2, CLOSE)) as server:
        asker.run(server, lambda model: outcomes(model, MANY), max_usd=CAP)
    assert billed(server) < asker.spent() <= CAP


@pytest.mark.parametrize("reaction", [status(500), status(429)], ids=["500", "429"])
def test_a_refused_request_costs_nothing(asker: Asker, reaction: Reaction) -> None:
    with FakeModel(echo, first(3, reaction)) as server:
        asker.run(server, lambda model: model.ask(question()))
    assert asker.spent() == pytest.approx(billed(server))


def test_no_request_is_sent_that_could_cross_the_cap(asker: Asker) -> None:
    with FakeModel(echo) as server:
        results = asker.run(server, lambda model: outcomes(model, ["a"]), max_usd=MAX_TOKENS * PRICES.completion / 1e6)
    assert isinstance(results[0], SpendCapError)
    assert "--llm-max-usd" in str(results[0])
    assert server.requests == []


def test_a_repeated_question_is_paid_for_once(asker: Asker) -> None:
    with FakeModel(echo, seconds=0.05) as server:
        assert asker.run(server, lambda model: outcomes(model, ["same"] * 20)) == [Named(name="same")] * 20
        assert asker.run(server, lambda model: outcomes(model, ["same"])) == [Named(name="same")]
    assert len(server.requests) == 1


def test_another_schema_or_instruction_is_another_question(asker: Asker) -> None:
    async def both(model):
        await model.ask(question())
        await model.ask(question(instructions="Name it well."))

    with FakeModel(echo) as server:
        asker.run(server, both)
    assert len(server.requests) == 2


def test_without_a_count_of_tokens_the_most_is_taken_for_spent(asker: Asker) -> None:
    with FakeModel(echo, always(Reaction(usage=False))) as server:
        asker.run(server, lambda model: model.ask(question()))
    assert asker.spent() > MAX_TOKENS * PRICES.completion / 1e6


def test_cached_tokens_cost_their_own_price() -> None:
    assert Prices(2.0, 10.0, 0.5).usd(1_000_000, 100_000, 400_000) == pytest.approx(1.2 + 0.2 + 1.0)
    assert Prices(2.0, 10.0).usd(1_000_000, 0, 400_000) == pytest.approx(2.0)


def test_a_killed_process_leaves_its_reservations_and_the_next_pays_for_the_rest_only(tmp_path: Path) -> None:
    ledger, cap = tmp_path / "ledger.sqlite", 0.05
    script = [sys.executable, str(Path(__file__).with_name("killed_asker.py"))]
    with FakeModel(echo, seconds=0.1) as server:
        command = [*script, server.url, str(ledger), str(cap)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE)
        while len(server.requests) < 25 and process.poll() is None:
            time.sleep(0.005)
        process.kill()
        assert process.communicate()[0] == b""
        assert billed(server) <= Asker(ledger).spent() <= cap
        answered = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout
    assert int(answered) == len(TEXTS)
    asked = [seen.body["messages"][1]["content"] for seen in server.requests]
    assert set(asked) == set(TEXTS)
    assert len(asked) <= len(TEXTS) + 10
    assert billed(server) <= Asker(ledger).spent() <= cap


def test_a_hanging_endpoint_cannot_spend_more_than_the_cap(asker: Asker) -> None:
    with FakeModel(echo, always(HANG)) as server:
        asker.run(server, lambda model: outcomes(model, MANY[:60]), max_usd=CAP, timeout=0.2)
    assert 0 < asker.spent() <= CAP
