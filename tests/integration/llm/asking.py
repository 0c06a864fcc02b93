"""Questions for the tests of the language model, and time that runs fast while they wait."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from openai_server import KEY, FakeModel
from pydantic import BaseModel, SecretStr

from build_artifacts.llm import LanguageModel, LanguageModelOptions, Ledger, Prices, Question, SqliteLedger
from build_artifacts.llm.clock import Clock

PRICES = Prices(prompt=1.0, completion=2.0)
MAX_TOKENS = 100


class Named(BaseModel):
    name: str


class FastClock(Clock):
    """A second of waiting takes `1 / speed` seconds."""

    def __init__(self, speed: float = 200.0) -> None:
        self._speed = speed
        self.slept: list[float] = []

    def now(self) -> float:
        return time.monotonic() * self._speed

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await asyncio.sleep(seconds / self._speed)


def echo(body: dict[str, Any]) -> str:
    """A model that answers with the question."""
    return Named(name=body["messages"][1]["content"]).model_dump_json()


def question(text: str = "who?", **changes: Any) -> Question[Named]:
    values: dict[str, Any] = {"purpose": "test", "instructions": "Name it.", "max_tokens": MAX_TOKENS}
    return Question(**(values | {"material": text, "answer": Named} | changes))


def options(server: FakeModel, **changes: Any) -> LanguageModelOptions:
    values: dict[str, Any] = {
        "base_url": server.url,
        "model": "m",
        "requests_per_minute": 1e6,
        "tokens_per_minute": 1e9,
    }
    return LanguageModelOptions(SecretStr(KEY), PRICES, **(values | changes))


class Asker:
    """Opens language models on a ledger of its own."""

    def __init__(self, ledger: Path) -> None:
        self.path = ledger
        self.clock = FastClock()

    @asynccontextmanager
    async def model(
        self, server: FakeModel, ledger: Ledger | None = None, **changes: Any
    ) -> AsyncIterator[LanguageModel]:
        own = None if ledger is not None else SqliteLedger(self.path, "run")
        try:
            async with LanguageModel(options(server, **changes), ledger or own, self.clock) as model:
                yield model
        finally:
            if own is not None:
                own.close()

    def run(self, server: FakeModel, work: Callable[[LanguageModel], Awaitable[Any]], **changes: Any) -> Any:
        """What `work` returns, given a model of its own."""

        async def run() -> Any:
            async with self.model(server, **changes) as model:
                return await work(model)

        return asyncio.run(run())

    def spent(self) -> float:
        ledger = SqliteLedger(self.path, "run")
        try:
            return ledger.spent()
        finally:
            ledger.close()


async def outcomes(model: LanguageModel, texts: list[str]) -> list[Any]:
    """Answers or exceptions of questions that are asked at once."""
    return await asyncio.gather(*(model.ask(question(text)) for text in texts), return_exceptions=True)
