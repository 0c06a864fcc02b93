"""Runs in the database."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict
from typing import Any

import numpy as np
from leadgen.database.schema import Firm, Run
from leadgen.errors import InputError
from numpy.typing import NDArray
from sqlalchemy import Connection, Engine, func, select, text, update
from sqlalchemy.dialects.postgresql import insert

from build_artifacts.database.partitions import (
    PARTITIONED,
    add_foreign_keys,
    create_partitions,
    index_sentences,
    partition,
)
from build_artifacts.database.storable import storable_json
from build_artifacts.database.vector_indexes import Told, build_vector_index
from build_artifacts.topics.firm import FirmSentences, FirmTopics, TopicSummary

from .deletion import delete_run_rows
from .firm_rows import FirmResult, Vectors, delete_firms, replace_firm, write_firm_rows
from .records import EarlierThemes, NewTheme, OpenRun, PendingFirm, RunConfiguration, TopicTable
from .run_sessions import RunSessions
from .theme_rows import read_earlier_themes, write_theme_rows
from .topic_rows import fill_topic_summaries, read_pending, read_topics


class RunStore:
    """Runs, written by one process each.

    Every writing method is one transaction: it happened, or it did not. Any method raises DatabaseUnavailableError
    where the server goes away, and may then be called again with the same arguments. Methods may be called from
    several threads.

    A complete run whose firms, topics or themes are changed is complete again only when it is finished anew: what is
    half changed is not to be served.
    """

    def __init__(self, engine: Engine, lock_wait_seconds: float = 5.0) -> None:
        """`lock_wait_seconds` is how long to wait for a run that another process holds.

        The server notices the end of a killed process within seconds, but that a machine is gone only after about a
        minute: its replacement has to wait that long.
        """
        self._engine = engine
        self._lock_wait_seconds = lock_wait_seconds
        self._sessions: dict[int, RunSessions] = {}
        self._runs: dict[int, tuple[str, int]] = {}

    def close(self) -> None:
        """Give up the locks of all runs."""
        for sessions in self._sessions.values():
            sessions.close()

    def __enter__(self) -> "RunStore":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def open_run(self, run: RunConfiguration) -> OpenRun:
        """The run of this configuration, a new one or where it stopped, for this process alone.

        Raises ConfigurationError where another process works on it.
        """
        fields = asdict(run) | {
            "parameters": storable_json(run.parameters), "configuration_hash": run.configuration_hash,
        }  # fmt: skip
        with self._engine.begin() as connection:
            new = connection.scalar(insert(Run).values(fields).on_conflict_do_nothing().returning(Run.id))
            same = Run.configuration_hash == run.configuration_hash
            run_id = new or connection.execute(select(Run.id).where(same)).scalar_one()
        with self.writing(run_id) as connection:
            create_partitions(connection, run_id)
            status = connection.scalar(select(Run.status).where(Run.id == run_id))
        return OpenRun(run_id, resumed=new is None, complete=status == "complete")

    def finished_firms(self, run_id: int) -> dict[str, str]:
        """Hash of the input of each firm that is done, by company id; failed firms are not among them."""
        query = select(Firm.company_id, Firm.input_hash).where(Firm.run_id == run_id, Firm.status == "done")
        with self._engine.connect() as connection:
            return {row.company_id: row.input_hash for row in connection.execute(query)}

    def company_ids(self, run_id: int) -> set[str]:
        """All firms that the run has, failed ones too."""
        with self._engine.connect() as connection:
            return set(connection.execute(select(Firm.company_id).where(Firm.run_id == run_id)).scalars())

    def write_firm(
        self,
        run_id: int,
        firm: FirmSentences,
        topics: FirmTopics,
        summaries: Sequence[TopicSummary],
        embeddings: Vectors,
        topic_embeddings: Vectors,
    ) -> None:
        """The firm with its k topics and all its sentences, in place of what an earlier attempt left: the checkpoint.

        `embeddings` [n, d] are of the n clustered sentences, `topic_embeddings` [k, d] of title and summary. Raises
        InputError where shapes do not fit each other or the run.
        """
        quarter, dimension = self._run(run_id)
        result = FirmResult(topics, summaries, embeddings, topic_embeddings)
        result.check(firm, dimension)
        with self._changing(run_id) as connection:
            write_firm_rows(connection, run_id, quarter, firm, result)

    def record_failure(self, run_id: int, firm: FirmSentences, error: str) -> None:
        """The firm as failed, without topics and sentences; the next attempt processes it again."""
        quarter, _ = self._run(run_id)
        with self._changing(run_id) as connection:
            replace_firm(connection, run_id, quarter, firm, "failed", error=error)

    def remove_firms(self, run_id: int, company_ids: Sequence[str]) -> None:
        """Forget firms that the input no longer has."""
        with self._changing(run_id) as connection:
            delete_firms(connection, run_id, company_ids)

    def topic_table(self, run_id: int) -> TopicTable:
        """All topics of the run in canonical order."""
        _, dimension = self._run(run_id)
        with self._engine.connect() as connection:
            return read_topics(connection, run_id, dimension)

    def pending_summaries(self, run_id: int) -> list[PendingFirm]:
        """Firms with topics that wait for the language model, each with those topics."""
        _, dimension = self._run(run_id)
        with self._engine.connect() as connection:
            return read_pending(connection, run_id, dimension)

    def fill_summaries(
        self, run_id: int, topic_ids: Sequence[int], summaries: Sequence[TopicSummary], embeddings: Vectors
    ) -> None:
        """Topics' new summaries with their embeddings [k, d]."""
        with self._changing(run_id) as connection:
            fill_topic_summaries(connection, run_id, topic_ids, summaries, embeddings)

    def earlier_themes(self, run_id: int) -> EarlierThemes | None:
        """Themes of the newest complete run of an earlier quarter, else of this quarter's complete run before."""
        _, dimension = self._run(run_id)
        with self._engine.connect() as connection:
            return read_earlier_themes(connection, run_id, dimension)

    def write_themes(
        self,
        run_id: int,
        themes: Sequence[NewTheme],
        topic_ids: NDArray[np.int64],
        topic_themes: NDArray[np.integer[Any]],
        similarities: NDArray[np.floating[Any]],
    ) -> list[int]:
        """The run's themes in place of those that an earlier attempt wrote; returns their ids, in their order.

        Themes that the earlier attempt wrote, too, keep its ids, unless they continue another run's.
        `topic_themes` [t] holds the row of each topic's theme, of level 0, and `similarities` [t] its cosine with it.
        """
        with self._changing(run_id) as connection:
            return write_theme_rows(connection, run_id, themes, topic_ids, topic_themes, similarities)

    def build_vector_indexes(
        self, run_id: int, workers: int | None = None, memory: int | None = None, told: Told | None = None
    ) -> dict[str, float]:
        """An index on the embeddings of the run's topics and sentences; the seconds that each took, by table.

        `workers` beside the first and `memory` in bytes are as much as the server allows, or less; `told` hears table,
        rows done and rows in all.
        """
        _, dimension = self._run(run_id)
        seconds = {}
        for table in PARTITIONED:
            with self.writing(run_id) as connection:
                seconds[table] = build_vector_index(
                    self._engine, connection, partition(table, run_id), dimension, workers, memory, told
                )
        return seconds

    def finish(self, run_id: int, report: Mapping[str, Any]) -> None:
        """The run as complete, with its report, and free for other processes; the planner learns about its tables."""
        with self.writing(run_id) as connection:
            add_foreign_keys(connection, run_id)
            index_sentences(connection, run_id)
            for table in (*(partition(table, run_id) for table in PARTITIONED), "firms", "themes"):
                connection.execute(text(f"ANALYZE {table}"))
            connection.execute(
                update(Run)
                .where(Run.id == run_id)
                .values(status="complete", finished_at=func.now(), report=storable_json(report))
            )
        self._sessions[run_id].close()

    def report(self, run_id: int) -> dict[str, Any]:
        """What `finish` was given; empty before that."""
        with self._engine.connect() as connection:
            found: dict[str, Any] = connection.execute(select(Run.report).where(Run.id == run_id)).scalar_one()
            return found

    def delete_run(self, run_id: int) -> None:
        """Remove a run with all that belongs to it; the language model's answers stay for later runs.

        Raises InputError where there is no such run, ConfigurationError where a process works on it.
        """
        self._run(run_id)
        delete_run_rows(lambda: self.writing(run_id), run_id)
        self._sessions.pop(run_id).close()
        self._runs.pop(run_id)

    def writing(self, run_id: int) -> AbstractContextManager[Connection]:
        """A transaction that holds the run, for writers of other tables that belong to it."""
        new = RunSessions(self._engine, run_id, self._lock_wait_seconds)
        return self._sessions.setdefault(run_id, new).transaction()

    @contextmanager
    def _changing(self, run_id: int) -> Iterator[Connection]:
        """The same, after which the run is no longer complete."""
        reopened = update(Run).where(Run.id == run_id, Run.status == "complete")
        with self.writing(run_id) as connection:
            connection.execute(reopened.values(status="running", finished_at=None))
            yield connection

    def _run(self, run_id: int) -> tuple[str, int]:
        """The run's quarter and the width of its vectors."""
        if run_id not in self._runs:
            with self._engine.connect() as connection:
                row = connection.execute(select(Run.quarter, Run.dimension).where(Run.id == run_id)).one_or_none()
            if row is None:
                raise InputError(f"the database has no run {run_id}")
            self._runs[run_id] = (row.quarter, row.dimension)
        return self._runs[run_id]
