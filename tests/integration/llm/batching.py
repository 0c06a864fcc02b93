"""Programs that ask questions in batches, each run of them a process of its own as far as the ledger can tell."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from asking import FastClock, options, question
from openai_server import FakeModel

from build_artifacts.llm import AnswerError, AnswerPendingError, LanguageModelUnavailableError, SpendCapError
from build_artifacts.llm.batches import BatchLanguageModel, BatchLedger

TEXTS = [f"question {i}" for i in range(40)]


class Program:
    """Asks all texts and advances some times; `kept` counts how often its ledger was to be brought away."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.kept = 0
        self.on_keep: Callable[[], None] = lambda: None

    def run(self, server: FakeModel, advances: int = 10, texts: list[str] = TEXTS, **changes: Any) -> list[Any]:
        return asyncio.run(self._run(server, advances, texts, changes))

    async def _run(self, server: FakeModel, advances: int, texts: list[str], changes: dict[str, Any]) -> list[Any]:
        ledger, check = BatchLedger(self.path, "run"), changes.pop("check", lambda _: None)

        async def ask(text: str) -> Any:
            try:
                return await batched.ask(question(text, check=check))
            except (AnswerError, AnswerPendingError, LanguageModelUnavailableError, SpendCapError) as error:
                return error

        try:
            async with BatchLanguageModel(options(server, **changes), ledger, self._keep, FastClock()) as batched:
                found = {text: await ask(text) for text in texts}
                for _ in range(advances):
                    if await batched.advance():
                        waiting = [text for text in texts if isinstance(found[text], AnswerPendingError)]
                        found |= {text: await ask(text) for text in waiting}
                return list(found.values())
        finally:
            ledger.close()

    async def _keep(self) -> None:
        self.kept += 1
        self.on_keep()

    def spent(self) -> float:
        ledger = BatchLedger(self.path, "run")
        try:
            return ledger.spent()
        finally:
            ledger.close()
