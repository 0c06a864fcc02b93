"""One run over a quarter: open or resume it, its firms, its themes, its vector indexes, its report."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass
from typing import Any

from leadgen.database.connection import connect
from leadgen.errors import InputError
from leadgen.text import TextModel, load_text_model
from leadgen.text.device import CUDA, chosen_provider

from build_artifacts.database.migrate import migrate
from build_artifacts.jobs.stopping import StopRequest
from build_artifacts.llm import DatabaseLedger, LanguageModel
from build_artifacts.models import prepare_text_model
from build_artifacts.topics.clustering_pool import ClusteringPool
from build_artifacts.topics.code_version import code_version, library_versions
from build_artifacts.topics.database_worker import DatabaseWorker
from build_artifacts.topics.embedding import Embedder
from build_artifacts.topics.firm import FirmSentences, FirmTopics, TopicSummary
from build_artifacts.topics.firms import FirmStage
from build_artifacts.topics.options import TopicsOptions
from build_artifacts.topics.pending import PendingSummaries
from build_artifacts.topics.progress import FirmProgress
from build_artifacts.topics.reading import QuarterSentences, read_quarter
from build_artifacts.topics.store import OpenRun, RunConfiguration, RunStore
from build_artifacts.topics.summarising import summarise_firm
from build_artifacts.topics.themes import ThemeStage
from build_artifacts.topics.timings import Timings

log = logging.getLogger(__name__)

HUB_MODEL = "intfloat/e5-base-v2"
_WAVE: dict[str, int] = {"fp16": 16_384, "fp32": 2_048}
"""Sentences embedded together: a GPU wants many to sort by length, and embeds them within seconds."""
_LOCK_WAIT_SECONDS = 120.0
"""A replaced instance is given up by the server after about a minute."""


def run_topics(options: TopicsOptions) -> dict[str, Any]:
    """Topics and themes of a quarter into the database; returns the run's report.

    A run whose input, models, parameters and code agree with an earlier one goes on where that stopped; a complete one
    has only what is missing filled in.

    Raises:
        InputError, ConfigurationError, ModelError: what is at fault and what to do.
        DatabaseUnavailableError: the database stayed away.
        Interrupted: a signal asked for the stop; starting the same run again goes on.
    """
    return asyncio.run(_run(options))


async def _run(options: TopicsOptions) -> dict[str, Any]:
    stop, timings = StopRequest(), Timings()
    stop.listen()
    with timings.stage("read"):
        quarter = await asyncio.to_thread(read_quarter, options.transcripts, options.quarter)
    with timings.stage("model"):
        model = await asyncio.to_thread(_text_model, options)
    stop.check()
    async with _Run.open(options, quarter, model, stop) as run:
        with timings.stage("firms"):
            changed = await run.firms()
        failed = await run.check_failures()
        with timings.stage("pending"):
            filled, pending = await run.pending()
        if run.run.complete and not (changed or filled) and (report := await run.unchanged()):
            return report
        with timings.stage("themes"):
            themes = await run.themes()
        with timings.stage("vector_indexes"):
            await run.vector_indexes()
        return await run.finish({"failed": failed, "topics_pending": pending, **themes, **timings.report()})


def _text_model(options: TopicsOptions) -> TextModel:
    on_gpu = options.device != "cpu" and chosen_provider(options.device) == CUDA
    folder = prepare_text_model(options.text_model, options.cache, "fp16" if on_gpu else "fp32", hub_model=HUB_MODEL)
    return load_text_model(folder, options.threads, device=options.device, exact_lengths=not on_gpu)


def _configuration(options: TopicsOptions, model: TextModel) -> RunConfiguration:
    spec = model.spec
    return RunConfiguration(
        quarter=options.quarter,
        input_path=options.transcripts.input_path,
        text_model=spec.id,
        text_model_sha256=spec.space,
        dimension=spec.dimension,
        language_model=None if options.language_model is None else options.language_model.model,
        parameters={
            "transcripts": asdict(options.transcripts),
            "clustering": asdict(options.clustering),
            "theming": asdict(options.theming),
            "precision": spec.precision,
            "libraries": library_versions(),
        },
        code_version=code_version(),
    )


@dataclass(frozen=True)
class _Run:
    """What the stages of a run share."""

    options: TopicsOptions
    quarter: QuarterSentences
    run: OpenRun
    store: RunStore
    database: DatabaseWorker
    embedder: Embedder
    language_model: LanguageModel | None
    stop: StopRequest

    @classmethod
    @asynccontextmanager
    async def open(
        cls, options: TopicsOptions, quarter: QuarterSentences, model: TextModel, stop: StopRequest
    ) -> AsyncIterator["_Run"]:
        """Open the database, the run and whatever its stages need; all of it is closed in the end."""
        async with AsyncExitStack() as stack:
            engine = connect(options.database, pool_size=6)
            stack.callback(engine.dispose)
            store = stack.enter_context(RunStore(engine, _LOCK_WAIT_SECONDS))
            database = DatabaseWorker()
            stack.callback(database.close)
            await database.run(lambda: migrate(engine))
            run = await database.run(lambda: store.open_run(_configuration(options, model)))
            log.info(json.dumps({"step": "run", "run": run.id, "resumed": run.resumed, "complete": run.complete}))
            embedder = Embedder(model, options.cache / "embeddings")
            stack.callback(embedder.close)
            language_model = None
            if options.language_model:
                ledger_engine = connect(options.database, pool_size=1)
                stack.callback(ledger_engine.dispose)
                ledger = DatabaseLedger(ledger_engine, run.id)
                language_model = await stack.enter_async_context(LanguageModel(options.language_model, ledger))
            yield cls(options, quarter, run, store, database, embedder, language_model, stop)

    async def firms(self) -> int:
        """Every firm that is not done yet; firms that the input no longer has are forgotten. How many that were."""
        store, run_id = self.store, self.run.id
        finished = await self.database.run(lambda: store.finished_firms(run_id))
        gone = await self.database.run(lambda: store.company_ids(run_id)) - set(self.quarter.company_ids)
        if gone:
            await self.database.run(lambda: store.remove_firms(run_id, sorted(gone)))
        unfinished = await asyncio.to_thread(lambda: [f.company_id for f in self.quarter.unfinished(finished)])
        if unfinished:
            await self._process(unfinished)
        return len(gone) + len(unfinished)

    async def _process(self, company_ids: list[str]) -> None:
        clustering = ClusteringPool(self.options.clustering, self.options.processes)
        total, wave = self.quarter.n_firms, _WAVE[self.embedder.model.spec.precision]
        progress = FirmProgress(total, total - len(company_ids), self._gauges)
        stage = FirmStage(
            self.run.id,
            self.store,
            self.database,
            self.embedder,
            clustering,
            self._summarise,
            progress,
            self.stop,
            wave,
        )
        try:
            await stage.process(map(self.quarter.firm, company_ids))
        finally:
            clustering.close()

    async def _summarise(self, firm: FirmSentences, texts: list[str], topics: FirmTopics) -> list[TopicSummary]:
        return await summarise_firm(self.language_model, firm.name or firm.company_id, texts, topics)

    def _gauges(self) -> dict[str, Any]:
        gauges: dict[str, Any] = {"embedding_busy": round(self.embedder.busy_share, 3)}
        if self.language_model is not None:
            usage = self.language_model.usage()
            gauges |= {
                "questions_waiting": usage.waiting,
                "questions_open": usage.in_flight,
                "usd": round(usage.usd, 4),
            }
        return gauges

    async def check_failures(self) -> int:
        """How many firms failed. Raises InputError for so many that themes would mislead."""
        finished = await self.database.run(lambda: self.store.finished_firms(self.run.id))
        failed, firms = self.quarter.n_firms - len(finished), self.quarter.n_firms
        if failed > self.options.max_failed_share * firms:
            raise InputError(
                f"{failed} of {firms} firms failed, and --max-failed-share is {self.options.max_failed_share}: "
                f"their errors are in the table firms, run {self.run.id}; start again to repeat them"
            )
        return failed

    async def pending(self) -> tuple[int, int]:
        """Ask the language model for the summaries that wait for it: how many came, how many still wait."""
        if self.language_model is None:
            return 0, 0
        pending = PendingSummaries(
            self.run.id, self.store, self.database, self.embedder, self.language_model, self.stop
        )
        return await pending.fill()

    async def unchanged(self) -> dict[str, Any] | None:
        """The report of the run as it was finished before; None where themes still wait for the language model."""
        report = await self.database.run(lambda: self.store.report(self.run.id))
        waiting = report.get("themes_pending", 0) and self.language_model is not None
        return None if waiting else report

    async def themes(self) -> dict[str, int]:
        """The run's themes, anew from all its topics."""
        self.stop.check()
        stage = ThemeStage(self.run.id, self.store, self.database, self.language_model)
        return await stage.write(self.options.theming)

    async def vector_indexes(self) -> None:
        """What searches need; nothing where it is there."""
        self.stop.check()
        await self.database.run(lambda: self.store.build_vector_indexes(self.run.id))

    async def finish(self, report: dict[str, Any]) -> dict[str, Any]:
        """The run as complete, with its report."""
        usage = None if self.language_model is None else asdict(self.language_model.usage())
        whole = {
            "run": self.run.id,
            "quarter": self.options.quarter,
            "firms": self.quarter.n_firms,
            "counts": self.quarter.counts,
            "embedded": self.embedder.embedded,
            "language_model": usage,
            **report,
        }
        await self.database.run(lambda: self.store.finish(self.run.id, whole))
        return whole
