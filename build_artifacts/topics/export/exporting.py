"""One run as files: tables, pictures, and a description of what they are."""

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

import pyarrow as pa
from leadgen.database.connection import connect
from leadgen.database.reading import reading
from leadgen.database.runs import RunChoice, RunReference, choose_run
from sqlalchemy import Connection

from build_artifacts.topics.export.destination import Destination, open_destination
from build_artifacts.topics.export.history_page import history_page
from build_artifacts.topics.export.history_picture import history_picture
from build_artifacts.topics.export.map_page import map_page
from build_artifacts.topics.export.map_picture import map_picture
from build_artifacts.topics.export.reading import RunTables, read_run, read_sentences, sentence_schema
from build_artifacts.topics.export.tables import exported, write_table, write_tables
from build_artifacts.topics.export.topic_map import TopicMap, map_topics
from build_artifacts.topics.export.tree_page import tree_page
from build_artifacts.topics.export.vector_columns import VectorType

log = logging.getLogger(__name__)

Format = Literal["all", "parquet", "pictures"]
_STATEMENT_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """What is exported where."""

    database: str
    output_path: str
    choice: RunChoice
    format: Format
    vectors: VectorType


def export_run(options: ExportOptions) -> list[str]:
    """Write the files of a complete run; their addresses. `run.json`, which describes the others, is the last.

    Raises NotFoundError where there is no such run, ConfigurationError where nothing can be written.
    """
    files = _Files(open_destination(options.output_path))
    engine = connect(options.database, read_only=True, statement_seconds=_STATEMENT_SECONDS)
    try:
        with reading(engine) as connection:
            run = choose_run(connection, options.choice)
            tables = read_run(connection, run)
            if options.format != "pictures":
                files.write("sentences.parquet", partial(_write_sentences, connection, run, options.vectors))
    finally:
        engine.dispose()
    topic_map = map_topics(tables.topics)
    if options.format != "pictures":
        _write_parquet(files, tables, topic_map, options.vectors)
    if options.format != "parquet":
        _write_pictures(files, tables, topic_map)
    description = {"run": tables.run, "files": dict(files.written)}
    files.write("run.json", lambda path: path.write_text(json.dumps(description, indent=1), "utf-8"))
    return [files.destination.address(name) for name in files.written]


class _Files:
    """Files written so far, with the number of rows of those that are tables."""

    def __init__(self, destination: Destination) -> None:
        self.destination = destination
        self.written: dict[str, dict[str, int]] = {}

    def write(self, name: str, write: Callable[[Path], int | None]) -> None:
        """Have a file written whole."""
        with self.destination.file(name) as path:
            rows = write(path)
            size = path.stat().st_size
        self.written[name] = {"bytes": size} | (
            {"rows": rows} if name.endswith(".parquet") and rows is not None else {}
        )
        log.info(json.dumps({"step": "export", "file": name, **self.written[name]}))


def _write_sentences(connection: Connection, run: RunReference, vectors: VectorType, path: Path) -> int:
    rows = write_tables(read_sentences(connection, run, vectors), sentence_schema(run, vectors), path)
    # The upload that follows may take longer than a session may idle in its transaction.
    connection.rollback()
    return rows


def _write_parquet(files: _Files, tables: RunTables, topic_map: TopicMap, vectors: VectorType) -> None:
    x, y = (pa.array(column) for column in topic_map.positions.T)
    topics = tables.topics.append_column("x", x).append_column("y", y)
    for name, table in (("topics", topics), ("themes", tables.themes), ("firms", tables.firms)):
        files.write(f"{name}.parquet", partial(write_table, exported(table, vectors)))


def _write_pictures(files: _Files, tables: RunTables, topic_map: TopicMap) -> None:
    run, history = tables.reference, tables.history
    n_themes = tables.themes["level"].to_pylist().count(0)
    n_firms = tables.firms["status"].to_pylist().count("done")
    sizes = f"{len(tables.topics):,} topics of {n_firms:,} firms in {n_themes:,} themes"
    described = f"{sizes} · run {run.run_id} · text model {run.text_model}"
    shared = f"Share of the firms that speak of it · {n_themes:,} themes · run {run.run_id}"
    span = " – ".join(dict.fromkeys((history.quarters[0], history.quarters[-1])))
    on_map, over_time, in_tree = f"Topics of {run.quarter}", f"Themes of {span}", f"Themes of {run.quarter}"
    files.write("map.png", lambda path: map_picture(topic_map, on_map, described, path))
    files.write("map.html", lambda path: path.write_text(map_page(topic_map, on_map, described), "utf-8"))
    files.write("history.png", lambda path: history_picture(history, over_time, shared, path))
    files.write("history.html", lambda path: path.write_text(history_page(history, over_time, shared), "utf-8"))
    tree = tree_page(tables.themes, tables.topics, in_tree, described)
    files.write("themes.html", lambda path: path.write_text(tree, "utf-8"))
