"""What a batch that has ended came to: answers into the ledger, and what is to be done about the others."""

import json
import logging
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from build_artifacts.llm.batches.ledger import Batch, BatchLedger
from build_artifacts.llm.batches.lines import BatchOutcome, read_outcomes
from build_artifacts.llm.batches.service import BatchStatus
from build_artifacts.llm.draft import Draft, corrected_draft, first_draft
from build_artifacts.llm.errors import AnswerError, AnswerLostError, LanguageModelError, LanguageModelUnavailableError
from build_artifacts.llm.ledger import Entry, Outcome
from build_artifacts.llm.prices import Prices
from build_artifacts.llm.question import Question
from build_artifacts.llm.reply import Completion, Reply, Tokens, read_reply, tokens_of

log = logging.getLogger(__name__)

_TOO_LARGE = "token_limit_exceeded"
"""More tokens than the account may have waiting, in all its batches."""


@dataclass
class Collected:
    """`corrections` are to be asked once more; `errors` are final for this process. Both by the question's key."""

    corrections: dict[str, Draft[Any]] = field(default_factory=dict)
    errors: dict[str, LanguageModelError] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    dialect_refused: bool = False
    """Each request was answered with HTTP 400: the endpoint wants other parameters."""


class Collector:
    """Reads answers by the questions that are known of; those of others are kept as they are."""

    def __init__(self, prices: Prices, ledger: BatchLedger) -> None:
        self._prices = prices
        self._ledger = ledger
        self._questions: dict[str, Question[Any]] = {}

    def expect(self, key: str, question: Question[Any]) -> None:
        """The question will be asked, or is waiting."""
        self._questions[key] = question

    def collect(self, batch: Batch, status: BatchStatus | None, files: Iterable[bytes]) -> Collected:
        """Settle a batch, as a whole or not at all; `status` is None for one that the endpoint does not know any more.

        A request without an outcome may have been answered in a line that is lost. It was not where all answers that
        the endpoint counted are there: then it is released, and asked again; else it counts as spent.
        """
        outcomes: dict[str, BatchOutcome] = {}
        for outcome in (each for content in files for each in read_outcomes(content)):
            outcomes.setdefault(outcome.key, outcome)
        collected, complete = Collected(), _complete(status, outcomes)
        with self._ledger.transaction():
            for entry in self._ledger.entries(batch.name):
                self._settle(entry, outcomes.get(entry.key), collected, complete=complete)
                if status is not None and status.status == "failed" and not _too_large(status):
                    codes = ", ".join(sorted(status.codes)) or "no reason"
                    text = f"the language model refuses the batch {status.id}: {codes}"
                    collected.errors[entry.key] = LanguageModelUnavailableError(text)
            self._ledger.move(batch.name, "too_large" if status and _too_large(status) else "collected")
        refused = [outcome.status == 400 for outcome in outcomes.values() if outcome.asked]
        collected.dialect_refused = bool(refused) and all(refused)
        return collected

    def _settle(self, entry: Entry, outcome: BatchOutcome | None, collected: Collected, *, complete: bool) -> None:
        if outcome is None and not complete:
            collected.counts["lost"] += 1
            collected.errors[entry.key] = AnswerLostError("the answer is not in the batch's output")
        elif outcome is None or not outcome.asked:
            collected.counts["not_asked"] += 1
            self._ledger.release(entry)
        elif outcome.completion is None:
            self._failed(entry, outcome, collected)
        else:
            self._answered(entry, outcome.completion, collected)

    def _failed(self, entry: Entry, outcome: BatchOutcome, collected: Collected) -> None:
        collected.counts["failed"] += 1
        question, last = self._questions.get(entry.key), self._ledger.times_asked(entry.key) > 0
        self._ledger.settle(entry, Outcome(0.0, 0, 0, None))
        if last:
            text = f"the language model answers with HTTP {outcome.status} in a batch"
            collected.errors[entry.key] = LanguageModelUnavailableError(text)
        elif question is not None:
            collected.corrections[entry.key] = replace(first_draft(question, entry.key), last=True)

    def _answered(self, entry: Entry, completion: Completion, collected: Collected) -> None:
        question, last = self._questions.get(entry.key), self._ledger.times_asked(entry.key) > 0
        if question is None:
            self._ledger.settle(entry, self._outcome(entry, completion, _json_object(completion)))
            return
        reply = read_reply(completion, question)
        keep = reply.answer is not None and (reply.fault is None or last)
        answer = reply.answer.model_dump(mode="json") if reply.answer is not None and keep else None
        self._ledger.settle(entry, self._outcome(entry, completion, answer))
        collected.counts["answered" if reply.fault is None else reply.fault] += 1
        if keep:
            return
        if last:
            collected.errors[entry.key] = _unusable(reply)
        else:
            collected.corrections[entry.key] = corrected_draft(first_draft(question, entry.key), reply)

    def _outcome(self, entry: Entry, completion: Completion, answer: dict[str, Any] | None) -> Outcome:
        tokens = tokens_of(completion)
        usd = entry.usd if tokens is None else tokens.usd(self._prices)
        if usd > entry.usd:
            log.warning(json.dumps({"step": "batch", "problem": "a request cost more than was reserved", "usd": usd}))
        tokens = tokens or Tokens(0, 0)
        return Outcome(usd, tokens.prompt, tokens.completion, answer)


def _complete(status: BatchStatus | None, outcomes: Mapping[str, BatchOutcome]) -> bool:
    """Whether all answers that there are have been read."""
    if status is None:
        return False
    if status.answered is None:
        return status.status != "completed"
    return sum(outcome.completion is not None for outcome in outcomes.values()) >= status.answered


def _too_large(status: BatchStatus) -> bool:
    return status.status == "failed" and _TOO_LARGE in status.codes


def _json_object(completion: Completion) -> dict[str, Any] | None:
    try:
        found = json.loads(completion.choices[0].message.content or "")
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _unusable(reply: Reply[Any]) -> AnswerError:
    fault = reply.fault or "invalid"
    return AnswerError(f"the language model's answer cannot be used ({fault})", fault, reply.answer)
