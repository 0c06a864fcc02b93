"""One run: read, visit, weigh, describe, write."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from functools import partial
from typing import Any, TypeVar

from build_artifacts.descriptions.calls import CallLedger
from build_artifacts.descriptions.carrying import Carrier
from build_artifacts.descriptions.company import Company, Result
from build_artifacts.descriptions.corpus import Corpus
from build_artifacts.descriptions.describing import Describer
from build_artifacts.descriptions.extraction.pool import ExtractionPool
from build_artifacts.descriptions.fetching.network import CheckedNetwork
from build_artifacts.descriptions.fetching.session import Web
from build_artifacts.descriptions.fetching.urls import parse_url
from build_artifacts.descriptions.options import DescribeOptions
from build_artifacts.descriptions.report import report
from build_artifacts.descriptions.sources import text_of
from build_artifacts.descriptions.state import State
from build_artifacts.descriptions.table import open_companies, read_companies
from build_artifacts.descriptions.visiting import Visitor
from build_artifacts.descriptions.writing import write_run
from build_artifacts.jobs.progress import Progress, step
from build_artifacts.jobs.stopping import StopRequest
from build_artifacts.llm import LanguageModel
from build_artifacts.llm.batches import BatchLanguageModel

log = logging.getLogger(__name__)
Item = TypeVar("Item")
_POLL_SECONDS = 30.0


def run_describe(
    options: DescribeOptions, network: CheckedNetwork | None = None, pool: ExtractionPool | None = None
) -> dict[str, Any]:
    """Describe all companies of a table and write it; returns the report.

    A run that was killed, or left with answers to come in batches, goes on where it was. Raises InputError,
    ConfigurationError, and Interrupted after a signal. `network` is the internet, and `pool` new processes, unless a
    test brings its own.
    """
    carrier = Carrier(options.kept_at) if options.kept_at else None
    if carrier is not None:
        carrier.restore(options.cache)
    with ExitStack() as stack:
        state = stack.enter_context(State(options.cache))
        stack.enter_context(_kept(carrier, state))
        pool = pool or stack.enter_context(ExtractionPool(options.processes))
        web = Web(options.user_agent, options.pause, network)
        return asyncio.run(_Run(options, state, carrier, web, pool).run())


@contextmanager
def _kept(carrier: Carrier | None, state: State) -> Iterator[None]:
    """Keep the state however the run ends."""
    try:
        yield
    finally:
        if carrier is not None:
            carrier.save(state, allowed=0.0)


class _Run:
    def __init__(
        self, options: DescribeOptions, state: State, carrier: Carrier | None, web: Web, pool: ExtractionPool
    ) -> None:
        self._options = options
        self._state = state
        self._carrier = carrier
        self._web = web
        self._visitor = Visitor(web, state, pool.extract)
        self._stop = StopRequest()

    async def run(self) -> dict[str, Any]:
        started = time.monotonic()
        self._stop.listen()
        source = open_companies(self._options.input_path, self._options.columns)
        companies = read_companies(source, self._options.columns)
        calls = CallLedger(self._state.path, self._state.run, self._keep if self._carrier else None)
        saving = asyncio.create_task(self._carrier.keep_saving(self._state)) if self._carrier else None
        try:
            await self._visit(companies)
            results = await self._describe(companies, calls)
            found = report(results, calls, self._web.requests, self._visitor.unmodified, time.monotonic() - started)
            with step("write", len(results), "companies") as progress:
                write_run(self._options, {result.company.id: result for result in results}, calls, found)
                progress.advance(len(results))
        finally:
            if saving is not None:
                saving.cancel()
            calls.close()
        if not found["waiting_for_batch"]:
            self._state.finish()
        return found

    def _keep(self, allowed: float | None = None) -> None:
        if self._carrier is not None:
            self._carrier.save(self._state, allowed)

    async def _visit(self, companies: Sequence[Company]) -> None:
        visited = self._state.visited()
        websites = sorted({each.website for each in companies if each.website} - visited)

        async def visit(website: str) -> None:
            self._state.keep_site(await self._visitor.visit(parse_url(website)))

        await self._each("visit", "sites", websites, self._options.sites, visit)

    async def _describe(self, companies: Sequence[Company], calls: CallLedger) -> list[Result]:
        websites = sorted({each.website for each in companies if each.website})
        with step("weigh words", len(websites), "sites") as progress:
            corpus = Corpus(self._texts(websites, progress))
        results: dict[str, Result] = {}
        async with self._model(calls) as model:
            describer = Describer(self._state, corpus, model, calls)

            async def describe(company: Company) -> None:
                results[company.id] = await describer.describe(company)

            at_once = self._options.language_model.concurrency if self._options.language_model else 1
            await self._each("describe", "companies", companies, at_once, describe)
            if isinstance(model, BatchLanguageModel):
                await self._wait_for_batches(model, results, describe)
        return [results[company.id] for company in companies]

    @asynccontextmanager
    async def _model(self, calls: CallLedger) -> AsyncIterator[LanguageModel | BatchLanguageModel | None]:
        options = self._options.language_model
        if options is None:
            yield None
        elif self._options.batch_wait is None:
            async with LanguageModel(options, calls) as model:
                yield model
        else:
            keep = partial(asyncio.to_thread, self._keep)
            async with BatchLanguageModel(options, calls, keep) as batches:
                yield batches

    async def _wait_for_batches(
        self, model: BatchLanguageModel, results: dict[str, Result], describe: Callable[[Company], Awaitable[None]]
    ) -> None:
        """Until all answers are here, or have been waited for as long as they were to be."""
        deadline = time.monotonic() + 60 * (self._options.batch_wait or 0)
        while waiting := [each.company for each in results.values() if each.status == "waiting_for_batch"]:
            if await model.advance():
                await self._each("describe", "companies", waiting, 1, describe)
                continue
            left = deadline - time.monotonic()
            if left <= 0:
                return
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), min(left, _POLL_SECONDS))
            self._stop.check()

    def _texts(self, websites: Sequence[str], progress: Progress) -> Iterator[str]:
        for website in websites:
            progress.advance(1)
            site = self._state.find_site(website)
            if site is not None and site.outcome == "fetched":
                yield text_of(site)

    async def _each(
        self, name: str, unit: str, items: Sequence[Item], at_once: int, work: Callable[[Item], Awaitable[None]]
    ) -> None:
        """Do the work for all items, some at once. After a signal what is under way is finished: it may be paid for."""
        queue = iter(items)
        with step(name, len(items), unit) as progress:

            async def worker() -> None:
                for item in queue:
                    if self._stop.requested:
                        return
                    await work(item)
                    progress.advance(1)

            async with asyncio.TaskGroup() as group:
                for _ in range(min(at_once, len(items))):
                    group.create_task(worker())
        self._stop.check()
