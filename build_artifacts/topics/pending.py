"""Summaries that an outage of the language model left behind: asked for again, and written where they come."""

import asyncio
from dataclasses import dataclass

from build_artifacts.jobs.stopping import StopRequest
from build_artifacts.llm import LanguageModel
from build_artifacts.topics.database_worker import DatabaseWorker
from build_artifacts.topics.embedding import Embedder
from build_artifacts.topics.store import PendingFirm, RunStore
from build_artifacts.topics.summarising import summarise_firm

_AT_ONCE = 64


@dataclass(frozen=True)
class PendingSummaries:
    """Firms of a run whose topics have extractive summaries for now."""

    run_id: int
    store: RunStore
    database: DatabaseWorker
    embedder: Embedder
    model: LanguageModel
    stop: StopRequest

    async def fill(self) -> tuple[int, int]:
        """Ask for each firm's once more; returns how many topics have one now, and how many still wait.

        Raises Interrupted.
        """
        firms = await self.database.run(lambda: self.store.pending_summaries(self.run_id))
        places = asyncio.Semaphore(_AT_ONCE)

        async def fill(firm: PendingFirm) -> int:
            async with places:
                return 0 if self.stop.requested else await self._fill(firm)

        filled = sum(await asyncio.gather(*(fill(firm) for firm in firms)))
        self.stop.check()
        return filled, sum(len(firm.topic_ids) for firm in firms) - filled

    async def _fill(self, firm: PendingFirm) -> int:
        summaries = await summarise_firm(self.model, firm.name or firm.company_id, firm.texts, firm.topics)
        answered = [row for row, summary in enumerate(summaries) if summary.source != "pending"]
        if answered:
            vectors = await self.embedder.encode([f"{summaries[row].title}. {summaries[row].text}" for row in answered])
            await self.database.run(
                lambda: self.store.fill_summaries(
                    self.run_id,
                    [firm.topic_ids[row] for row in answered],
                    [summaries[row] for row in answered],
                    vectors,
                )
            )
        return len(answered)
