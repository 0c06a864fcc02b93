"""The second stage: all topics of a run become themes, which go on from an earlier run's and get names."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from build_artifacts.llm import LanguageModel
from build_artifacts.topics.database_worker import DatabaseWorker
from build_artifacts.topics.firm import TopicSummary
from build_artifacts.topics.store import EarlierThemes, NewTheme, RunStore, TopicTable
from build_artifacts.topics.summarising import ThemeMaterial, describe_themes
from build_artifacts.topics.theming import ThemeTree, ThemingOptions, find_themes, match_themes


@dataclass(frozen=True)
class ThemeStage:
    """What the stage works with."""

    run_id: int
    store: RunStore
    database: DatabaseWorker
    language_model: LanguageModel | None

    async def write(self, options: ThemingOptions) -> dict[str, int]:
        """The run's themes in place of those that it had; returns counts for the report."""
        topics = await self.database.run(lambda: self.store.topic_table(self.run_id))
        earlier = await self.database.run(lambda: self.store.earlier_themes(self.run_id))
        tree = await asyncio.to_thread(_tree, topics, options)
        summaries = await describe_themes(self.language_model, [_material(topics, tree, i) for i in _rows(tree)])
        themes = _new_themes(tree, summaries, earlier)
        await self.database.run(
            lambda: self.store.write_themes(self.run_id, themes, topics.ids, tree.labels, tree.similarities)
        )
        return {
            "topics": len(topics.ids),
            "themes": sum(theme.level == 0 for theme in themes),
            "themes_above": sum(theme.level > 0 for theme in themes),
            "themes_continued": sum(theme.matched_id is not None for theme in themes),
            "themes_pending": sum(theme.summary.source == "pending" for theme in themes),
        }


def _rows(tree: ThemeTree) -> range:
    return range(len(tree.themes))


def _tree(topics: TopicTable, options: ThemingOptions) -> ThemeTree:
    texts = [f"{title}. {summary}" for title, summary in zip(topics.titles, topics.summaries, strict=True)]
    return find_themes(topics.embeddings, topics.company_ids, topics.n_sentences, texts, options)


def _material(topics: TopicTable, tree: ThemeTree, row: int) -> ThemeMaterial:
    theme = tree.themes[row]
    central = [TopicSummary(topics.titles[i], topics.summaries[i], "extractive") for i in theme.central_topics]
    return ThemeMaterial([word for word, _ in theme.keywords], central)


def _new_themes(tree: ThemeTree, summaries: Sequence[TopicSummary], earlier: EarlierThemes | None) -> list[NewTheme]:
    matches = _matches(tree, earlier)
    return [
        NewTheme(
            level=theme.level,
            parent=theme.parent,
            summary=summary,
            representation=theme.keywords,
            n_topics=theme.n_topics,
            n_firms=theme.n_firms,
            n_sentences=theme.n_sentences,
            embedding=theme.centroid,
            **matches.get(row, {}),
        )
        for row, (theme, summary) in enumerate(zip(tree.themes, summaries, strict=True))
    ]


def _matches(tree: ThemeTree, earlier: EarlierThemes | None) -> dict[int, dict[str, Any]]:
    """By row of the theme: the earlier theme that it continues."""
    if earlier is None or not tree.themes:
        return {}
    current = np.stack([theme.centroid for theme in tree.themes])
    levels = [theme.level for theme in tree.themes]
    found = match_themes(earlier.embeddings, current, earlier.levels.tolist(), levels)
    return {
        row: {
            "matched_id": int(earlier.ids[place]),
            "matched_run_id": earlier.run_id,
            "matched_similarity": likeness,
        }
        for row, (place, likeness) in found.items()
    }
