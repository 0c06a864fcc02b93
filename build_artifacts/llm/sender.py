"""Sending a question until it is answered: places, rates, retries, the circuit breaker, and money."""

import asyncio
import json
import logging
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from build_artifacts.llm import backoff
from build_artifacts.llm.circuit import Circuit
from build_artifacts.llm.clock import Clock
from build_artifacts.llm.dialects import DIALECTS
from build_artifacts.llm.draft import Draft
from build_artifacts.llm.endpoint import Endpoint, NoResponse, Response
from build_artifacts.llm.errors import LanguageModelUnavailableError
from build_artifacts.llm.ledger import Entry, Outcome
from build_artifacts.llm.limits import Limits
from build_artifacts.llm.options import LanguageModelOptions
from build_artifacts.llm.question import Answer
from build_artifacts.llm.reply import Completion, Reply, Tokens, parse_completion, read_reply, tokens_of
from build_artifacts.llm.spending import Reservation, Spending
from build_artifacts.llm.usage import Usage

log = logging.getLogger(__name__)

_PASSING = frozenset({0, 408, 409, 429})
"""And all from 500; 0 is no response."""
_HOPELESS = frozenset({401, 402, 403, 404})
"""For every request: the key, the account or the model is refused."""
_CHARACTERS_PER_TOKEN = 4
"""Of English; for the rates, where a guess is good enough."""


class Sender:
    """All requests to one endpoint."""

    def __init__(self, options: LanguageModelOptions, spending: Spending, clock: Clock, usage: Usage) -> None:
        self._options = options
        self._spending = spending
        self._clock = clock
        self._usage = usage
        self._endpoint = Endpoint(options)
        self._limits = Limits(options.requests_per_minute, options.tokens_per_minute, clock)
        self._circuit = Circuit(clock)
        self._places = asyncio.Semaphore(options.concurrency)
        self._dialect = 0
        self._dialect_known = False

    async def close(self) -> None:
        """Close all connections."""
        await self._endpoint.close()

    async def send(self, draft: Draft[Answer]) -> Reply[Answer]:
        """What the model answers. Raises SpendCapError and LanguageModelUnavailableError."""
        dialect, attempt = self._dialect, 0
        while True:
            response = await self._attempt(draft, dialect)
            if isinstance(response, Reply):
                return response
            other = self._other_dialect(dialect) if response.status == 400 else None
            if other is not None:
                dialect = other
                continue
            self._stop_if_hopeless(response)
            attempt += 1
            if attempt == self._options.attempts:
                raise self._unavailable(f"failed {attempt} times, last with {_described(response)}")
            self._usage.retries += 1
            await self._clock.sleep(backoff.pause(attempt - 1, response.headers))

    def _other_dialect(self, refused: int) -> int | None:
        """The one that another question found to be taken, or the next to try."""
        if self._dialect_known:
            return self._dialect if self._dialect != refused else None
        return refused + 1 if refused + 1 < len(DIALECTS) else None

    async def _attempt(self, draft: Draft[Answer], dialect: int) -> Reply[Answer] | Response | NoResponse:
        prompt_tokens = draft.prompt_tokens
        usd = draft.most_usd(self._options.prices)
        entry = Entry(f"{draft.key}:{uuid.uuid4().hex}", draft.key, draft.question.purpose, self._options.model, usd)
        guess = prompt_tokens // _CHARACTERS_PER_TOKEN + draft.max_tokens
        async with self._places:
            with self._admitted():
                await self._limits.wait(guess)
                async with self._spending.reserved(entry) as reservation:
                    response = await self._post(draft, dialect)
                    completion = parse_completion(response.body) if isinstance(response, Response) else None
                    if completion is not None:
                        self._dialect, self._dialect_known = dialect, True
                        return await self._settle(draft, reservation, response, completion, guess)
                    return await self._failed(reservation, response)

    @contextmanager
    def _admitted(self) -> Iterator[None]:
        if not self._circuit.admit():
            raise self._unavailable("does not answer, and is left alone for a while")
        try:
            yield
        finally:
            self._circuit.abandon()

    async def _post(self, draft: Draft[Any], dialect: int) -> Response | NoResponse:
        usage, started_at = self._usage, self._clock.now()
        usage.requests, usage.in_flight, usage.waiting = usage.requests + 1, usage.in_flight + 1, usage.waiting - 1
        try:
            parameters = DIALECTS[dialect](draft.messages, draft.question.schema, draft.max_tokens)
            response = await self._endpoint.post(parameters)
        finally:
            usage.in_flight, usage.waiting = usage.in_flight - 1, usage.waiting + 1
            usage.seconds += self._clock.now() - started_at
        if self._is_failure(response, dialect):
            self._circuit.failed(started_at)
        else:
            self._circuit.succeeded()
        return response

    def _is_failure(self, response: Response | NoResponse, dialect: int) -> bool:
        """Whether it says that the endpoint, rather than this request, is at fault."""
        if response.status == 400:
            # Some endpoints answer so to a wrong key; one that has answered before has a reason in the prompt.
            return not self._dialect_known and self._other_dialect(dialect) is None
        return response.status not in (200, 429)

    async def _settle(
        self,
        draft: Draft[Answer],
        reservation: Reservation,
        response: Response | NoResponse,
        completion: Completion,
        guess: int,
    ) -> Reply[Answer]:
        reply, tokens = read_reply(completion, draft.question), tokens_of(completion)
        keep = reply.answer is not None and (reply.fault is None or draft.last)
        answer = reply.answer.model_dump(mode="json") if reply.answer is not None and keep else None
        await reservation.settle(self._outcome(reservation, tokens, answer))
        if tokens is not None:
            self._usage.prompt_tokens += tokens.prompt
            self._usage.completion_tokens += tokens.completion
        self._limits.answered(response.headers, guess - (tokens.prompt + tokens.completion if tokens else guess))
        return reply

    def _outcome(self, reservation: Reservation, tokens: Tokens | None, answer: dict[str, Any] | None) -> Outcome:
        """Where the endpoint does not count, a request has cost what was reserved."""
        if tokens is None:
            return Outcome(reservation.usd, None, None, answer)
        usd = tokens.usd(self._options.prices)
        if usd > reservation.usd:
            _warn(problem="a request cost more than its model should have allowed", usd=usd, reserved=reservation.usd)
        return Outcome(usd, tokens.prompt, tokens.completion, answer)

    async def _failed(self, reservation: Reservation, response: Response | NoResponse) -> Response | NoResponse:
        if isinstance(response, NoResponse):
            if response.unsent:
                await reservation.release()
            return response
        if response.status == 200:
            # Something answered that is no language model, or not one that can be understood.
            self._circuit.failed(self._clock.now())
            return NoResponse(unsent=False)
        await reservation.release()
        if response.status == 429:
            self._usage.refused_429 += 1
            self._limits.refused(backoff.pause(0, response.headers))
        return response

    def _stop_if_hopeless(self, response: Response | NoResponse) -> None:
        """Raise LanguageModelUnavailableError for what another attempt cannot change."""
        out_of_money = isinstance(response, Response) and response.code == "insufficient_quota"
        if response.status in _HOPELESS or out_of_money:
            self._circuit.out()
            _warn(problem="the endpoint refuses the key, the account or the model", status=response.status)
        elif response.status in _PASSING or response.status >= 500:
            return
        raise self._unavailable(f"refuses the request with {_described(response)}")

    def _unavailable(self, what: str) -> LanguageModelUnavailableError:
        return LanguageModelUnavailableError(f"the language model at {self._options.base_url} {what}")


def _described(response: Response | NoResponse) -> str:
    return f"HTTP {response.status}" if response.status else "no answer"


def _warn(**fields: object) -> None:
    log.warning(json.dumps({"step": "language model"} | fields))
