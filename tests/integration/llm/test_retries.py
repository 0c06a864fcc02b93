"""What the endpoint does wrong and asking again can mend."""

import asyncio
import time

import pytest
from asking import Asker, Named, echo, outcomes, question
from openai_server import (
    CLOSE,
    EMPTY,
    HANG,
    HUGE,
    KEY,
    NOT_A_COMPLETION,
    NOT_JSON,
    REFUSED,
    TRUNCATED,
    WRONG_SCHEMA,
    FakeModel,
    Reaction,
    always,
    first,
    in_seconds,
    status,
)

from build_artifacts.llm import AnswerError, LanguageModelUnavailableError


@pytest.mark.parametrize(
    "reaction",
    [*map(status, (408, 409, 429, 500, 502, 503, 504, 529)), CLOSE, HANG, HUGE, NOT_A_COMPLETION],
    ids=lambda reaction: f"{reaction.status}{'close' * reaction.close}{'hang' * reaction.hang}",
)
def test_a_passing_failure_is_asked_again(asker: Asker, reaction: Reaction) -> None:
    with FakeModel(echo, first(2, reaction)) as server:
        answer = asker.run(server, lambda model: model.ask(question()), timeout=0.5)
    assert answer == Named(name="who?")
    assert len(server.requests) == 3


@pytest.mark.parametrize(("asked", "least", "most"), [("7", 7, 9), ("600", 60, 62), ("0", 0, 2)])
def test_retry_after_in_seconds_is_respected_and_capped(asker: Asker, asked: str, least: float, most: float) -> None:
    with FakeModel(echo, first(1, status(429, asked))) as server:
        asker.run(server, lambda model: model.ask(question()))
    assert least <= sum(asker.clock.slept) <= most


def test_retry_after_as_a_date_is_respected(asker: Asker) -> None:
    with FakeModel(echo, first(1, status(503, in_seconds(30)))) as server:
        asker.run(server, lambda model: model.ask(question()))
    assert 27 <= sum(asker.clock.slept) <= 32


def test_a_429_pauses_the_others_too(asker: Asker) -> None:
    with FakeModel(echo, first(1, status(429, "100"))) as server:

        async def one_then_another(model):
            refused = asyncio.create_task(model.ask(question("a")))
            while not server.requests:
                await asyncio.sleep(0.005)
            await asyncio.sleep(0.05)
            before = asker.clock.now()
            await model.ask(question("b"))
            waited = asker.clock.now() - before
            await refused
            return waited

        assert asker.run(server, one_then_another) > 30


def test_a_storm_of_429_ends_with_all_answered_and_slows_down(asker: Asker) -> None:
    with FakeModel(echo, first(60, status(429))) as server:
        answers = asker.run(server, lambda model: outcomes(model, [str(i) for i in range(50)]), attempts=20)
    assert answers == [Named(name=str(i)) for i in range(50)]


@pytest.mark.parametrize("code", [400, 401, 403, 404, 422])
def test_a_refused_request_is_not_repeated(asker: Asker, code: int) -> None:
    def refuse(number, body):
        return status(code) if number else None

    async def good_then_refused(model):
        await model.ask(question("good"))
        with pytest.raises(LanguageModelUnavailableError, match=f"HTTP {code}"):
            await model.ask(question("refused"))

    with FakeModel(echo, refuse) as server:
        asker.run(server, good_then_refused)
    assert len(server.requests) == 2


def test_an_account_without_money_is_an_outage_at_once(asker: Asker) -> None:
    with FakeModel(echo, always(status(429, error="insufficient_quota"))) as server:
        results = asker.run(server, lambda model: outcomes(model, ["a"]))
    assert isinstance(results[0], LanguageModelUnavailableError)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("reaction", "fault"),
    [
        (REFUSED, "refused"),
        (TRUNCATED, "truncated"),
        (EMPTY, "empty"),
        (NOT_JSON, "invalid"),
        (WRONG_SCHEMA, "invalid"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_unusable_answer_is_asked_for_once_more_and_counted(asker: Asker, reaction: Reaction, fault: str) -> None:
    async def ask(model):
        answer = await model.ask(question())
        return answer, model.usage().faults

    with FakeModel(echo, first(1, reaction)) as server:
        assert asker.run(server, ask) == (Named(name="who?"), {fault: 1})
    assert len(server.requests) == 2


def test_an_answer_that_stays_unusable_is_an_error(asker: Asker) -> None:
    async def ask(model):
        with pytest.raises(AnswerError) as caught:
            await model.ask(question())
        return caught.value.fault, model.usage().faults

    with FakeModel(echo, always(NOT_JSON)) as server:
        assert asker.run(server, ask) == ("invalid", {"invalid": 2})
    assert len(server.requests) == 2


def test_a_truncated_answer_gets_more_room(asker: Asker) -> None:
    with FakeModel(echo, first(1, TRUNCATED)) as server:
        asker.run(server, lambda model: model.ask(question()))
    assert [seen.body["max_tokens"] for seen in server.requests] == [100, 200]


def test_the_model_is_told_what_the_check_found(asker: Asker) -> None:
    answers = iter(['{"name": "wrong"}', '{"name": "right"}'])

    def check(answer):
        return None if answer.name == "right" else "the name is wrong"

    with FakeModel(lambda body: next(answers)) as server:
        answer = asker.run(server, lambda model: model.ask(question(check=check)))
    assert answer.name == "right"
    said, told = server.requests[1].body["messages"][2:]
    assert said == {"role": "assistant", "content": '{"name": "wrong"}'}
    assert "the name is wrong" in told["content"]


def test_an_unverified_answer_is_handed_over_with_the_error_and_not_paid_for_again(asker: Asker) -> None:
    async def ask(model):
        with pytest.raises(AnswerError) as caught:
            await model.ask(question(check=lambda answer: "never good"))
        return caught.value.fault, caught.value.answer

    with FakeModel(lambda body: '{"name": "x"}') as server:
        assert asker.run(server, ask) == ("unverified", Named(name="x"))
        assert asker.run(server, ask) == ("unverified", Named(name="x"))
    assert len(server.requests) == 2


def test_json_in_a_code_fence_is_read(asker: Asker) -> None:
    with FakeModel(lambda body: '```json\n{"name": "x"}\n```') as server:
        assert asker.run(server, lambda model: model.ask(question())).name == "x"


def test_an_endpoint_without_response_format_is_asked_in_words(asker: Asker) -> None:
    with FakeModel(echo, takes_schema=False) as server:
        answers = asker.run(server, lambda model: outcomes(model, ["a"]))
        answers += asker.run(server, lambda model: outcomes(model, ["b"]))
    assert [answer.name for answer in answers] == ["a", "b"]
    last = server.requests[-1].body
    assert "response_format" not in last
    assert "JSON schema" in last["messages"][0]["content"]


def test_questions_asked_at_once_find_the_way_that_is_taken(asker: Asker) -> None:
    def refuse_slowly(number, body):
        if "response_format" not in body:
            return None
        time.sleep(0.002 * number)
        return status(400)

    texts = [str(i) for i in range(50)]
    with FakeModel(echo, refuse_slowly) as server:
        answers = asker.run(server, lambda model: outcomes(model, texts))
    assert answers == [Named(name=text) for text in texts]


def test_the_character_zero_is_kept_out_of_answers(asker: Asker) -> None:
    with FakeModel(lambda body: r'{"name": "a\u0000b"}') as server:
        assert asker.run(server, lambda model: model.ask(question())).name == "a b"


def test_a_reasoning_model_gets_the_parameters_it_takes(asker: Asker) -> None:
    def picky(number, body):
        return status(400) if "temperature" in body or "max_tokens" in body else None

    async def twice(model):
        return [await model.ask(question("a")), await model.ask(question("b"))]

    with FakeModel(echo, picky) as server:
        asker.run(server, twice)
    assert len(server.requests) == 3
    assert server.requests[-1].body["response_format"]["json_schema"]["strict"] is True


def test_no_error_or_log_holds_the_key_or_the_prompt(asker: Asker, caplog: pytest.LogCaptureFixture) -> None:
    async def ask(model):
        return (await outcomes(model, ["a private sentence"]))[0]

    for reaction in (status(401), status(400), status(500), HANG, CLOSE):
        with FakeModel(echo, always(reaction)) as server:
            error = asker.run(server, ask, timeout=0.2)
        assert isinstance(error, LanguageModelUnavailableError)
        assert error.__suppress_context__ or error.__context__ is None
        assert KEY not in repr(error)
        assert "private" not in repr(error)
    assert KEY not in caplog.text
    assert "private" not in caplog.text
