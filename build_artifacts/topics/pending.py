"""Summaries that an outage of the language model left behind: asked for again, and written where they come."""

import asyncio
from dataclasses import dataclass

from build_artifacts.llm import LanguageModel
from build_artifacts.topics.database_worker import DatabaseWorker
from build_artifacts.topics.embedding import Embedder
from build_artifacts.topics.stopping import StopRequest
from build_artifacts.topics.store import PendingFirm, RunStore
from build_artifacts.topics.summarising import summarise_firm


@dataclass(frozen=True)
class PendingSummaries:
    """Firms of a run whose topics have extractive summaries for now."""

    run_id: int
    store: RunStore
    database: DatabaseWorker
    embedder: Embedder
    model: LanguageModel
    stop: StopRequest

    async def fill(self) -> int:
        """Ask for each firm's once more; returns how many topics still wait. Raises Interrupted."""
        firms = await self.database.run(lambda: self.store.pending_summaries(self.run_id))
        left = await asyncio.gather(*(self._fill(firm) for firm in firms))
        self.stop.check()
        return sum(left)

    async def _fill(self, firm: PendingFirm) -> int:
        if self.stop.requested:
            return 0
        summaries = await summarise_firm(self.model, firm.name or firm.company_id, firm.texts, firm.topics)
        answered = [row for row, summary in enumerate(summaries) if summary.source == "llm"]
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
        return len(summaries) - len(answered)
