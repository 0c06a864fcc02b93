"""One run: read, visit, weigh, describe, write."""

import asyncio
import json
import logging
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, ExitStack, contextmanager
from pathlib import Path
from typing import Any, TypeVar

from build_artifacts.descriptions.calls import CallLedger
from build_artifacts.descriptions.carrying import Carrier, put_file
from build_artifacts.descriptions.company import Company, Result
from build_artifacts.descriptions.corpus import Corpus
from build_artifacts.descriptions.describing import Describer
from build_artifacts.descriptions.extraction.pool import ExtractionPool
from build_artifacts.descriptions.fetching.network import CheckedNetwork
from build_artifacts.descriptions.fetching.session import Web
from build_artifacts.descriptions.fetching.urls import parse_url
from build_artifacts.descriptions.ledger_table import write_ledger
from build_artifacts.descriptions.options import DescribeOptions
from build_artifacts.descriptions.report import report
from build_artifacts.descriptions.sources import text_of
from build_artifacts.descriptions.state import State
from build_artifacts.descriptions.table import open_companies, read_companies, write_described
from build_artifacts.descriptions.visiting import Visitor
from build_artifacts.jobs.progress import Progress, step
from build_artifacts.jobs.stopping import StopRequest
from build_artifacts.llm import LanguageModel

log = logging.getLogger(__name__)
Item = TypeVar("Item")


def run_describe(
    options: DescribeOptions, network: CheckedNetwork | None = None, pool: ExtractionPool | None = None
) -> dict[str, Any]:
    """Describe all companies of a table and write it; returns the report.

    A run that was killed goes on where it was. Raises InputError, ConfigurationError, and Interrupted after a signal.
    `network` is the internet, and `pool` new processes, unless a test brings its own.
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
            carrier.save(state)


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
        calls = CallLedger(self._state.path, self._state.run)
        saving = asyncio.create_task(self._carrier.keep_saving(self._state)) if self._carrier else None
        try:
            await self._visit(companies)
            results = await self._describe(companies, calls)
            found = report(
                results, calls.total(), self._web.requests, self._visitor.unmodified, time.monotonic() - started
            )
            with step("write", len(results), "companies") as progress:
                self._write({result.company.id: result for result in results}, calls, found)
                progress.advance(len(results))
        finally:
            if saving is not None:
                saving.cancel()
            calls.close()
        self._state.finish()
        return found

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
        model = self._options.language_model
        async with AsyncExitStack() as stack:
            asked = await stack.enter_async_context(LanguageModel(model, calls)) if model else None
            describer = Describer(self._state, corpus, asked, calls)

            async def describe(company: Company) -> None:
                results[company.id] = await describer.describe(company)

            at_once = model.concurrency if model else 1
            await self._each("describe", "companies", companies, at_once, describe)
        return [results[company.id] for company in companies]

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

    def _write(self, results: dict[str, Result], calls: CallLedger, found: dict[str, Any]) -> None:
        """The table last: who finds it finds what belongs to it."""
        output = self._options.output_path
        folder, slash, name = output.rpartition("/")
        beside = f"{folder}{slash}_{name.removesuffix('.parquet')}"
        local = not output.startswith("s3://")
        if local:
            Path(output).parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=Path(output).parent if local else None) as temporary:
            files = [Path(temporary) / name for name in ("ledger.parquet", "report.json", "table.parquet")]
            write_ledger(results.values(), calls, files[0])
            files[1].write_text(json.dumps(found, indent=1), "utf-8")
            source = open_companies(self._options.input_path, self._options.columns)
            write_described(source, self._options.columns, results, files[2])
            for file, url in zip(files, (f"{beside}.ledger.parquet", f"{beside}.report.json", output), strict=True):
                put_file(file, url)
