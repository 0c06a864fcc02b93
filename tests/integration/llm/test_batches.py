"""Questions asked in batches: half the price, and no question in two of them."""

import asyncio
import json
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from asking import MAX_TOKENS, PRICES, Named, echo
from batching import TEXTS, Program
from leadgen.errors import ConfigurationError
from openai_batches import FakeBatches
from openai_server import (
    KEY,
    NOT_JSON,
    TRUNCATED,
    FakeModel,
    Misbehave,
    Reaction,
    always,
    every,
    first,
    status,
)

from build_artifacts.llm import AnswerError, AnswerPendingError, LanguageModelUnavailableError, SpendCapError
from build_artifacts.llm.batches import model


@pytest.fixture(autouse=True)
def _sure_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model, "_SURE_SECONDS", 0.2)


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(tmp_path / "ledger.sqlite")


def endpoint(misbehave: Misbehave | None = None, answer: Callable[[Any], str] = echo, **batches: Any) -> FakeModel:
    return FakeModel(answer, misbehave, batches=FakeBatches(**batches))


def billed(server: FakeModel) -> float:
    return server.batches.usd(PRICES.prompt, PRICES.completion)


def asked(server: FakeModel) -> Counter[str]:
    """How often each question was answered."""
    return Counter(body["messages"][1]["content"] for body in server.batches.asked)


NAMES = [Named(name=text) for text in TEXTS]


def test_answers_come_at_half_the_price(program: Program) -> None:
    with endpoint() as server:
        assert program.run(server) == NAMES
        assert program.run(server) == NAMES
    assert server.requests == []
    assert len(server.batches.created) == 1
    assert set(asked(server).values()) == {1}
    assert program.spent() == pytest.approx(billed(server))


def test_one_process_sends_and_another_collects(program: Program) -> None:
    with endpoint(seconds=0.5) as server:
        assert {type(each) for each in program.run(server, advances=2)} == {AnswerPendingError}
        assert program.spent() > 0
        assert {type(each) for each in program.run(server, advances=1)} == {AnswerPendingError}
        asyncio.run(asyncio.sleep(0.5))
        assert program.run(server, advances=1) == NAMES
    assert len(server.batches.created) == 1


def test_the_ledger_is_kept_before_a_batch_is_created_and_after(program: Program) -> None:
    with endpoint() as server:
        seen = []
        program.on_keep = lambda: seen.append(len(server.batches.created))
        program.run(server)
    assert seen == [0, 1]


def test_nothing_is_created_where_the_ledger_cannot_be_kept(program: Program) -> None:
    def refuse() -> None:
        raise ConfigurationError("the bucket refuses")

    program.on_keep = refuse
    with endpoint() as server:
        with pytest.raises(ConfigurationError, match="bucket"):
            program.run(server)
        assert not server.batches.created
    assert program.spent() == 0


def test_a_batch_that_was_created_is_not_forgotten_where_the_ledger_cannot_be_kept(program: Program) -> None:
    with endpoint() as server:

        def refuse() -> None:
            if server.batches.created:
                raise ConfigurationError("the bucket refuses")

        program.on_keep = refuse
        with pytest.raises(ConfigurationError, match="bucket"):
            program.run(server)
        program.on_keep = lambda: None
        assert program.run(server) == NAMES
    assert set(asked(server).values()) == {1}


@pytest.mark.parametrize("code", [500, 502])
def test_a_batch_that_was_created_without_telling_is_found_by_its_name(program: Program, code: int) -> None:
    with endpoint(refuse_create=(code,), seconds=0.2) as server:
        assert program.run(server, advances=2, texts=TEXTS[:20]) != NAMES[:20]
        asyncio.run(asyncio.sleep(0.2))
        assert program.run(server, texts=TEXTS[:20]) == NAMES[:20]
    assert len(server.batches.created) == 1
    assert set(asked(server).values()) == {1}


def test_a_batch_is_found_among_many(program: Program) -> None:
    with endpoint(refuse_create=(500,)) as server:
        program.run(server, advances=1)
        for number in range(7):
            Program(program.path.with_name(f"other-{number}")).run(server, texts=[f"other {number}"])
        assert program.run(server) == NAMES
    assert set(asked(server).values()) == {1}


def test_too_many_requests_for_batches_are_answered_by_trying_again(program: Program) -> None:
    with endpoint(refuse_create=(429, 429)) as server:
        assert program.run(server) == NAMES
    assert len(server.batches.created) == 1


def test_the_cap_counts_the_most_that_a_batch_can_cost(program: Program) -> None:
    cap = 0.0015
    with endpoint(seconds=0.3) as server:
        program.run(server, advances=3, max_usd=cap)
        assert 0 < len(next(iter(server.batches.created.values())).lines) < len(TEXTS)
        assert len(server.batches.created) == 1
        assert program.spent() <= cap
        asyncio.run(asyncio.sleep(0.3))
        server.batches.seconds = 0.0
        found = program.run(server, advances=30, max_usd=cap)
    # What batches cost less than they had reserved was used by others.
    assert len(server.batches.created) > 1
    assert {type(each) for each in found} == {Named, SpendCapError}
    assert billed(server) == pytest.approx(program.spent())
    assert 0.5 * cap < billed(server) <= cap


def test_a_question_that_never_fits_is_not_waited_for(program: Program) -> None:
    with endpoint() as server:
        found = program.run(server, max_usd=MAX_TOKENS * PRICES.completion / 2e6)
        assert {type(each) for each in found} == {SpendCapError}
        assert not server.batches.created


def test_what_expired_is_asked_again_and_the_rest_is_not(program: Program) -> None:
    with endpoint(answers=15) as server:
        assert program.run(server, advances=1) != NAMES
        assert program.run(server, advances=10) == NAMES
    assert [len(batch.lines) for batch in server.batches.created.values()] == [40, 25, 10]
    assert set(asked(server).values()) == {1}
    assert program.spent() == pytest.approx(billed(server))


def test_a_batch_that_nothing_came_of_is_asked_again(program: Program) -> None:
    with endpoint(answers=0) as server:
        program.run(server, advances=1)
        server.batches.answers = None
        assert program.run(server) == NAMES
    assert set(asked(server).values()) == {1}


def test_a_batch_that_is_too_large_is_sent_in_parts(program: Program) -> None:
    texts = [f"question {i}" for i in range(160)]
    with endpoint(most_waiting=60, seconds=0.05) as server:
        found = program.run(server, advances=200, texts=texts)
    assert found == [Named(name=text) for text in texts]
    answered = [len(batch.lines) for batch in server.batches.created.values() if not batch.codes]
    assert answered == [50, 50, 50, 10]
    assert set(asked(server).values()) == {1}


def test_a_batch_that_is_refused_is_not_sent_again(program: Program) -> None:
    with endpoint(codes=("invalid_json_line",)) as server:
        found = program.run(server)
    assert {type(each) for each in found} == {LanguageModelUnavailableError}
    assert "invalid_json_line" in str(found[0])
    assert len(server.batches.created) == 1
    assert program.spent() == 0


def cut(lines: list[bytes]) -> bytes:
    return b"\n".join(lines)[: -len(lines[-1]) - len(lines[-2]) // 2]


def repeated(lines: list[bytes]) -> bytes:
    return b"\n".join([lines[0], *lines, b"", *lines[:5]])


def strange(lines: list[bytes]) -> bytes:
    other = json.loads(lines[0]) | {"custom_id": "of somebody else"}
    return b"\n".join([b"\xff\xfe not json", json.dumps(other).encode(), b"{}", *lines])


@pytest.mark.parametrize("damage", [repeated, strange])
def test_lines_that_are_repeated_or_strange_change_nothing(program: Program, damage: Any) -> None:
    with endpoint(damage=damage) as server:
        assert program.run(server) == NAMES
    assert set(asked(server).values()) == {1}
    assert program.spent() == pytest.approx(billed(server))


def test_answers_that_were_paid_for_and_cannot_be_read_count_as_spent(program: Program) -> None:
    with endpoint(damage=cut) as server:
        found = program.run(server)
    assert Counter(type(each).__name__ for each in found) == {"Named": 38, "AnswerLostError": 2}
    assert set(asked(server).values()) == {1}
    assert billed(server) < program.spent()


def test_unanswered_requests_of_an_endpoint_that_does_not_count_are_lost(program: Program) -> None:
    with endpoint(damage=cut, counts=False) as server:
        found = program.run(server)
    assert Counter(type(each).__name__ for each in found) == {"Named": 38, "AnswerLostError": 2}


def test_a_batch_that_the_endpoint_has_forgotten_is_lost(program: Program) -> None:
    with endpoint(seconds=60) as server:
        program.run(server, advances=1)
        server.batches.created.clear()
        found = program.run(server)
    assert {type(each).__name__ for each in found} == {"AnswerLostError"}
    assert program.spent() > 0


@pytest.mark.parametrize(
    ("reaction", "tokens"), [(NOT_JSON, 100), (TRUNCATED, 200), (Reaction(content='{"x": 1}'), 100)]
)
def test_an_unusable_answer_is_asked_for_once_more_in_another_batch(
    program: Program, reaction: Reaction, tokens: int
) -> None:
    with endpoint(first(40, reaction)) as server:
        assert program.run(server) == NAMES
    assert [len(batch.lines) for batch in server.batches.created.values()] == [40, 40]
    again = server.batches.asked[-1]
    assert again["max_tokens"] == tokens
    assert "cannot be used" in again["messages"][-1]["content"]
    assert program.spent() == pytest.approx(billed(server))


def test_an_answer_that_stays_unusable_is_an_error(program: Program) -> None:
    with endpoint(always(NOT_JSON)) as server:
        found = program.run(server)
        assert {type(each) for each in found} == {AnswerError}
        # Also where the process ended before it could write that down.
        assert {type(each) for each in program.run(server)} == {AnswerError}
    assert set(asked(server).values()) == {2}


def test_an_answer_that_the_check_refuses_is_corrected(program: Program) -> None:
    def check(answer: Named) -> str | None:
        return None if answer.name == "right" else "the name is wrong"

    def corrects(body: dict[str, Any]) -> str:
        return Named(name="right" if len(body["messages"]) > 2 else "wrong").model_dump_json()

    with endpoint(answer=corrects) as server:
        assert program.run(server, check=check) == [Named(name="right")] * 40
    assert set(asked(server).values()) == {2}


def test_requests_that_fail_are_asked_once_more_and_cost_nothing(program: Program) -> None:
    with endpoint(every(4, status(500))) as server:
        found = program.run(server)
    assert sum(isinstance(each, Named) for each in found) >= 37
    assert all(isinstance(each, Named | LanguageModelUnavailableError) for each in found)
    assert program.spent() == pytest.approx(billed(server))


def test_an_endpoint_that_wants_other_parameters_gets_them(program: Program) -> None:
    def picky(number: int, body: dict[str, Any]) -> Reaction | None:
        return status(400) if "max_tokens" in body else None

    with endpoint(picky) as server:
        assert program.run(server) == NAMES


def test_an_endpoint_without_batches_is_named(program: Program) -> None:
    with FakeModel(echo) as server, pytest.raises(ConfigurationError, match=r"404.*leave out --llm-batch"):
        program.run(server)
    assert program.spent() == 0


def test_an_endpoint_that_is_out_is_not_waited_for(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("build_artifacts.llm.batches.service._ATTEMPTS", 1)
    with endpoint(seconds=0.3) as server:
        server.out = True
        found = program.run(server)
        assert all(isinstance(each, LanguageModelUnavailableError) for each in found)
        assert KEY not in str(found[0])
        server.out = False
        program.run(server, advances=1)
        # Once sent, it is.
        server.out = True
        assert {type(each) for each in program.run(server, advances=3)} == {AnswerPendingError}
        server.out = False
        asyncio.run(asyncio.sleep(0.3))
        assert program.run(server) == NAMES
    assert set(asked(server).values()) == {1}


def test_a_file_holds_no_more_than_the_endpoint_takes(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("build_artifacts.llm.batches.submitting.MOST_REQUESTS", 15)
    with endpoint() as server:
        assert program.run(server) == NAMES
        assert [len(batch.lines) for batch in server.batches.created.values()] == [15, 15, 10]
    monkeypatch.setattr("build_artifacts.llm.batches.submitting.MOST_BYTES", 3000)
    with endpoint() as server:
        assert Program(program.path.with_name("other")).run(server) == NAMES
        assert max(map(len, server.batches.files.values())) > 2000
        assert all(len(server.batches.files[batch.input_file_id]) <= 3000 for batch in server.batches.created.values())


@pytest.mark.parametrize("step", ["upload", "uploaded", "create", "created", "retrieve", "content"])
def test_a_kill_at_any_step_pays_nothing_twice(program: Program, step: str) -> None:
    """With `create`, the batch comes into being after the kill, and is listed later still."""
    script = [sys.executable, str(Path(__file__).with_name("killed_batcher.py"))]

    def kill(what: str) -> None:
        if what == step and not killed:
            killed.append(step)
            process.send_signal(signal.SIGKILL)
            process.wait()

    killed: list[str] = []
    with endpoint(watch=kill, listed_after=0.1) as server:
        process = subprocess.Popen([*script, server.url, str(program.path)])
        assert process.wait(60) == -signal.SIGKILL
        assert program.run(server) == NAMES
    assert killed == [step]
    assert set(asked(server).values()) == {1}
    assert program.spent() == pytest.approx(billed(server))
