"""The language model asked in batches, over as many runs of a program as it takes."""

import json
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any

from build_artifacts.llm.batches.collecting import Collector
from build_artifacts.llm.batches.ledger import Batch, BatchLedger
from build_artifacts.llm.batches.service import BatchService
from build_artifacts.llm.batches.submitting import Submitter
from build_artifacts.llm.clock import Clock
from build_artifacts.llm.dialects import DIALECTS
from build_artifacts.llm.draft import Draft, first_draft
from build_artifacts.llm.errors import (
    AnswerError,
    AnswerPendingError,
    LanguageModelError,
    LanguageModelUnavailableError,
    SpendCapError,
)
from build_artifacts.llm.options import LanguageModelOptions
from build_artifacts.llm.question import Answer, Question
from build_artifacts.llm.reply import check_answer, usable

log = logging.getLogger(__name__)

_SURE_SECONDS = 60.0
"""A batch that the endpoint does not list for so long, when nobody is creating it any more, does not exist."""


class BatchLanguageModel:
    """Questions are gathered by `ask`; `advance` sends them and collects answers.

    A question is in one batch at a time, also across runs and kills: the most that it can cost is reserved in the
    ledger before the batch is created, under a name that the batch carries, and by which a batch that was created just
    before a kill is found again. `keep` is awaited before and after, to bring the ledger where it outlasts the machine.
    """

    def __init__(
        self,
        options: LanguageModelOptions,
        ledger: BatchLedger,
        keep: Callable[[], Awaitable[None]],
        clock: Clock | None = None,
    ) -> None:
        self._options = options
        self._ledger = ledger
        self._clock = clock or Clock()
        self._service = BatchService(options, self._clock)
        self._collector = Collector(options.prices.in_batches, ledger)
        self._submitter = Submitter(options, ledger, self._service, keep)
        self._drafts: dict[str, Draft[Any]] = {}
        self._errors: dict[str, LanguageModelError] = {}

    async def __aenter__(self) -> "BatchLanguageModel":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._service.close()

    @property
    def name(self) -> str:
        """The model's name at its endpoint."""
        return self._options.model

    async def ask(self, question: Question[Answer]) -> Answer:
        """The answer, if it has come. Raises AnswerPendingError if not, and what `LanguageModel.ask` does.

        An answer that cannot be used is asked for once more, in another batch.
        """
        key = question.key(self._options.model)
        if key in self._errors:
            raise self._errors.pop(key)
        kept = self._ledger.find(key)
        if kept is not None:
            return usable(check_answer(json.dumps(kept), question))
        self._collector.expect(key, question)
        if not self._ledger.is_waiting(key):
            if self._ledger.times_asked(key) > 1:
                raise AnswerError("the language model's answers could not be used", "invalid")
            self._drafts.setdefault(key, first_draft(question, key))
        raise AnswerPendingError("the question waits for a batch")

    async def advance(self) -> bool:
        """Collect what has come and send what is to be asked; True where asking again tells more than before.

        Raises ConfigurationError where the endpoint has no Batch API.
        """
        try:
            batches = self._ledger.open_batches()
            found = [await self._look_for(batch) for batch in batches if batch.state != "submitted"]
            found += [await self._collect(batch) for batch in self._ledger.open_batches() if batch.id]
            return any(found) or await self._submit()
        except LanguageModelUnavailableError as error:
            _tell(problem=str(error))
            # What is under way comes back later; with nothing under way there is nothing to wait for.
            return not self._ledger.open_batches() and self._give_up(error)

    def _give_up(self, error: LanguageModelError) -> bool:
        """What is not sent need not be waited for."""
        self._errors |= dict.fromkeys(self._drafts, error)
        given_up = bool(self._drafts)
        self._drafts.clear()
        return given_up

    async def _look_for(self, batch: Batch) -> bool:
        """A batch that a process was about to create when it ended; whether it turned out not to exist."""
        started = time.monotonic()
        while batch.state == "creating":
            # Asked before looking: an answer that was long under way says nothing of the time since.
            sure = time.monotonic() - started > _SURE_SECONDS
            id_ = await self._service.find(batch.name, batch.since)
            if id_ is not None:
                self._ledger.move(batch.name, "submitted", id_)
                return False
            if sure:
                break
            await self._clock.sleep(_SURE_SECONDS / 20)
        self._ledger.drop(batch.name)
        return True

    async def _collect(self, batch: Batch) -> bool:
        assert batch.id is not None
        status = await self._service.status(batch.id)
        if status is not None and not status.ended:
            _tell(batch=batch.id, status=status.status, requests=batch.requests)
            return False
        files = [await self._service.read(file) for file in (status.output_file, status.error_file)] if status else []
        collected = self._collector.collect(batch, status, files)
        self._drafts |= collected.corrections
        self._errors |= collected.errors
        if collected.dialect_refused:
            self._submitter.dialect = min(self._submitter.dialect + 1, len(DIALECTS) - 1)
        ended = status.status if status else "unknown"
        _tell(batch=batch.id, status=ended, requests=batch.requests, **collected.counts)
        return True

    async def _submit(self) -> bool:
        """Send what fits; whether something never will."""
        while self._drafts and self._submitter.may_submit:
            sent = await self._submitter.submit(list(self._drafts.values()))
            if not sent:
                # Batches mostly cost less than they reserve: those under way will leave room.
                return not self._ledger.open_batches() and self._give_up(self._over_cap())
            for key in list(self._drafts)[:sent]:
                del self._drafts[key]
        return False

    def _over_cap(self) -> SpendCapError:
        return SpendCapError(
            f"{self._ledger.spent():.4f} of at most {self._options.max_usd} USD are spent, and the next question does "
            "not fit. Raise --llm-max-usd"
        )


def _tell(**fields: object) -> None:
    log.info(json.dumps({"step": "batch"} | fields))
