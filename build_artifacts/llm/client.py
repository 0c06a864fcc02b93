"""The language model: ask a question, get an answer of its schema."""

import asyncio
import json
from dataclasses import replace
from weakref import WeakValueDictionary

from build_artifacts.llm.clock import Clock
from build_artifacts.llm.draft import Draft, corrected_draft, first_draft
from build_artifacts.llm.errors import LanguageModelUnavailableError, SpendCapError
from build_artifacts.llm.ledger import Ledger
from build_artifacts.llm.options import LanguageModelOptions
from build_artifacts.llm.question import Answer, Question
from build_artifacts.llm.reply import Reply, check_answer, usable
from build_artifacts.llm.sender import Sender
from build_artifacts.llm.spending import Spending
from build_artifacts.llm.usage import Usage


class LanguageModel:
    """One model of one endpoint, for many tasks at once; `async with` opens and closes its connections.

    The same question is paid for once: its answer comes from the ledger from then on, also after a restart.
    """

    def __init__(self, options: LanguageModelOptions, ledger: Ledger, clock: Clock | None = None) -> None:
        self._options = options
        self._usage = Usage()
        self._spending = Spending(ledger, options.max_usd)
        self._sender = Sender(options, self._spending, clock or Clock(), self._usage)
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def __aenter__(self) -> "LanguageModel":
        await self._spending.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._sender.close()
        self._spending.close()

    @property
    def name(self) -> str:
        """The model's name at its endpoint."""
        return self._options.model

    def usage(self) -> Usage:
        """What was asked so far."""
        return replace(self._usage, usd=self._spending.usd, faults=dict(self._usage.faults))

    async def ask(self, question: Question[Answer]) -> Answer:
        """The answer, which has passed the question's check.

        An answer that cannot be used is asked for once more. Raises AnswerError where that one cannot be used either,
        SpendCapError where the question does not fit under the cap, and LanguageModelUnavailableError where the
        endpoint does not answer.
        """
        key = question.key(self._options.model)
        turn = self._turns.setdefault(key, asyncio.Lock())
        self._usage.waiting += 1
        try:
            async with turn:
                reply = await self._kept(key, question) or await self._asked(key, question)
        except SpendCapError:
            self._usage.over_cap += 1
            raise
        except LanguageModelUnavailableError:
            self._usage.unavailable += 1
            raise
        finally:
            self._usage.waiting -= 1
        return usable(reply)

    async def _kept(self, key: str, question: Question[Answer]) -> Reply[Answer] | None:
        answer = await self._spending.find(key)
        if answer is None:
            return None
        self._usage.kept += 1
        return check_answer(json.dumps(answer), question)

    async def _asked(self, key: str, question: Question[Answer]) -> Reply[Answer]:
        draft = first_draft(question, key)
        first = await self._send(draft)
        if first.fault is None:
            return first
        second = await self._send(corrected_draft(draft, first))
        return first if second.answer is None and first.answer is not None else second

    async def _send(self, draft: Draft[Answer]) -> Reply[Answer]:
        reply = await self._sender.send(draft)
        if reply.fault is not None:
            self._usage.faults[reply.fault] = self._usage.faults.get(reply.fault, 0) + 1
        return reply
