"""Measures the quarterly run's database: `python -m benchmarks.database [--rows 100000] [--dimension 768]`.

Prints rows a second of a run's own write path (one transaction a firm: firm, topics, sentences) beside bare
`COPY … BINARY` of the same sentences' bytes, packed beforehand, into a table without keys; what building the HNSW
index takes; recall@10 against exact search with the time of one query, by `hnsw.ef_search`; and the API's own
search for ten sentences, unfiltered and filtered, with its recall and times. The vectors are a
mixture of clusters, or `--vectors` [n, d] in .npy, repeated with noise where more rows are wanted. `--database`
names the server, an embedded one by default.
"""

import argparse
import sys
import tempfile
import time
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from leadgen.database.connection import connect
from leadgen.database.reading import reading
from leadgen.database.runs import RunChoice, choose_run
from leadgen.database.search import Filters, search_sentences
from numpy.typing import NDArray
from sqlalchemy import Connection, Engine, text

from build_artifacts.database.copying import Columns, binary_blocks
from build_artifacts.database.migrate import migrate
from build_artifacts.topics.firm import FirmSentences, FirmTopics, SpeakerType, Topic, TopicSummary
from build_artifacts.topics.store import RunConfiguration, RunStore
from build_artifacts.topics.store.firm_rows import FirmResult, sentence_columns

FIRM = 700
TOPICS = 8
QUERIES = 200
NEIGHBOURS = 10
BLOCK = 20_000
REPEATS = 3
COMPARED = 100_000
EF_SEARCH = (40, 80, 120, 200, 400)
Halves = NDArray[np.float16]


def vectors(path: Path | None, n: int, dimension: int) -> Halves:
    """n unit vectors [n, d] around the given ones, or around 2,000 random centres."""
    generator = np.random.default_rng(7)
    if path is not None:
        centres, noise = np.load(path, allow_pickle=False).astype(np.float32), 0.3
    else:
        spectrum = 1 / np.sqrt(np.arange(1, dimension + 1, dtype=np.float32))
        centres, noise = generator.standard_normal((2000, dimension), dtype=np.float32) * spectrum, 0.7
    centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    out = np.empty((n, centres.shape[1]), np.float16)
    for start in range(0, n, BLOCK):
        part = out[start : start + BLOCK]
        rows = centres[generator.integers(0, len(centres), len(part))]
        rows = rows + generator.standard_normal(rows.shape, dtype=np.float32) * rows.std(axis=0) * noise
        part[:] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return out


def firms(rows: Halves) -> Iterator[tuple[FirmSentences, FirmResult]]:
    """The rows as firms of 700 sentences with eight topics."""
    for number, start in enumerate(range(0, len(rows), FIRM)):
        part = rows[start : start + FIRM]
        n = len(part)
        labels = np.arange(n, dtype=np.int32) % TOPICS
        topics = tuple(
            Topic(k, int((labels == k).sum()), (("revenue", 0.5),) * 10, (k,), part[k].astype(np.float32))
            for k in range(min(TOPICS, n))
        )
        firm = FirmSentences(
            company_id=f"company-{number:06}", ticker=f"T{number}", name=f"Company {number} Inc.",
            texts=[f"Sentence {row} of a call, about as long as what is said in calls usually is: " + "x" * (row % 80)
                   for row in range(n)],
            documents=["call"] * n, speaker_types=[SPEAKERS[row % len(SPEAKERS)] for row in range(n)],
            kept_out=[None] * n, input_hash="0" * 64,
        )  # fmt: skip
        found = FirmTopics(topics, labels, np.full(n, 0.5, np.float32))
        yield firm, FirmResult(found, [SUMMARY] * len(topics), part, part[: len(topics)])


SPEAKERS: tuple[SpeakerType, ...] = ("executive", "executive", "executive", "analyst", "executive", "operator")
FILTERS = {
    "none": Filters(),
    "executives, two thirds": Filters(speaker_types=("executive",)),
    "analysts, a sixth": Filters(speaker_types=("analyst",)),
    "ten firms": Filters(company_ids=tuple(f"company-{number:06}" for number in range(10))),
    "a firm's analysts": Filters(company_ids=("company-000003",), speaker_types=("analyst",)),
}
SUMMARY = TopicSummary("A title of a few words", "A summary of two sentences. It says what the topic is about.", "llm")


def load(store: RunStore, run_id: int, examples: Iterable[tuple[FirmSentences, FirmResult]]) -> float:
    """Seconds of writing all firms, from two threads as a run does."""

    def write(example: tuple[FirmSentences, FirmResult]) -> None:
        firm, found = example
        store.write_firm(run_id, firm, found.topics, found.summaries, found.embeddings, found.topic_embeddings)

    started = time.perf_counter()
    with ThreadPoolExecutor(2) as threads:
        deque(threads.map(write, examples), maxlen=0)
    return time.perf_counter() - started


def bare_copy(engine: Engine, examples: list[tuple[FirmSentences, FirmResult]]) -> float:
    """Seconds of one COPY of the same sentences, packed beforehand, into a table without any key."""
    blocks: list[bytes] = []
    columns: Columns = {}
    for number, (firm, found) in enumerate(examples):
        columns = sentence_columns(1, number, range(len(found.topics.topics)), firm, found)
        header, *rows, trailer = binary_blocks(columns)
        blocks += rows
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE IF EXISTS bare; CREATE TABLE bare (LIKE sentences)"))
    started = time.perf_counter()
    with engine.begin() as connection:
        driver: Any = connection.connection.dbapi_connection
        statement = f"COPY bare ({', '.join(columns)}) FROM STDIN (FORMAT BINARY)"
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            for block in [header, *blocks, trailer]:
                copy.write(block)
    seconds = time.perf_counter() - started
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE bare"))
    return seconds


def exact_neighbours(rows: Halves, queries: Halves) -> list[set[int]]:
    """The ten rows with the largest cosine, for each query."""
    scores = np.empty((len(queries), len(rows)), np.float32)
    for start in range(0, len(rows), BLOCK):
        scores[:, start : start + BLOCK] = queries.astype(np.float32) @ rows[start : start + BLOCK].astype(np.float32).T
    return [set(row.tolist()) for row in np.argpartition(-scores, NEIGHBOURS, axis=1)[:, :NEIGHBOURS]]


def search_table(engine: Engine, store: RunStore, run_id: int, rows: Halves, queries: Halves) -> None:
    exact = exact_neighbours(rows, queries)
    table = store.topic_table(run_id)
    first_row = {
        firm: FIRM * int(company[-6:]) for firm, company in zip(table.firm_ids, table.company_ids, strict=True)
    }
    print("| ef_search | recall@10 | ms |\n|---|---|---|")
    for ef in EF_SEARCH:
        times, shares = [], []
        with engine.begin() as connection:
            connection.execute(text(f"SET LOCAL hnsw.ef_search = {ef}"))
            for query, wanted in zip(queries, exact, strict=True):
                started = time.perf_counter()
                found = nearest(connection, run_id, query)
                times.append((time.perf_counter() - started) * 1000)
                shares.append(len({first_row[firm] + position for firm, position in found} & wanted) / NEIGHBOURS)
        print(f"| {ef} | {np.mean(shares):.3f} | {median(times):.1f} |")


def filtered_table(engine: Engine, run_id: int, rows: Halves, queries: Halves) -> None:
    """The search that the API answers with."""
    positions = np.arange(len(rows)) % FIRM
    speakers = np.array(SPEAKERS)[positions % len(SPEAKERS)]
    firms_of_rows = np.arange(len(rows)) // FIRM
    print("| filter | rows that pass | recall@10 | p50 ms | p99 ms |\n|---|---|---|---|---|")
    for name, filters in FILTERS.items():
        passing = np.ones(len(rows), dtype=bool)
        if filters.speaker_types:
            passing &= np.isin(speakers, filters.speaker_types)
        if filters.company_ids:
            passing &= np.isin(firms_of_rows, [int(company[-6:]) for company in filters.company_ids])
        kept = np.flatnonzero(passing)
        exact = exact_neighbours(rows[kept], queries)
        times, shares = [], []
        for query, wanted in zip(queries, exact, strict=True):
            with reading(engine) as connection:
                run = choose_run(connection, RunChoice(run_id=run_id))
                started = time.perf_counter()
                hits = search_sentences(connection, run, query.astype(np.float32), filters, NEIGHBOURS)
                times.append((time.perf_counter() - started) * 1000)
            found = {FIRM * int(hit.found.company_id[-6:]) + hit.found.position for hit in hits}
            shares.append(len(found & {int(kept[row]) for row in wanted}) / NEIGHBOURS)
        print(
            f"| {name} | {len(kept):,} | {np.mean(shares):.3f} | {median(times):.1f} | {np.quantile(times, 0.99):.1f} |"
        )


def nearest(connection: Connection, run_id: int, query: Halves) -> list[tuple[int, int]]:
    """Firm and position of the ten sentences nearest to a vector."""
    statement = text(
        f"SELECT firm_id, position FROM sentences WHERE run_id = {run_id} "
        f"ORDER BY embedding::halfvec({len(query)}) <=> CAST(:query AS halfvec) LIMIT {NEIGHBOURS}"
    )
    rows = connection.execute(statement, {"query": str(query.astype(float).tolist())})
    return [(firm_id, position) for firm_id, position in rows]


def measure(engine: Engine, path: Path | None, n: int, dimension: int) -> None:
    """All tables."""
    rows = vectors(path, n + QUERIES, dimension)
    rows, queries, dimension = rows[:n], rows[n:], rows.shape[1]
    migrate(engine)
    configuration = RunConfiguration(
        "2021Q3", "benchmark", "none", "0" * 64, dimension, None, {"at": time.time()}, "benchmark"
    )  # fmt: skip
    with RunStore(engine) as store:
        run_id = store.open_run(configuration).id
        try:
            load_table(engine, store, run_id, rows)
            seconds = store.build_vector_indexes(run_id, told=lambda *done: print(*done, file=sys.stderr))
            print(f"\nHNSW on {n:,} sentences: {seconds['sentences']:.1f} s\n")
            search_table(engine, store, run_id, rows, queries)
            print()
            filtered_table(engine, run_id, rows, queries)
        finally:
            store.delete_run(run_id)


def load_table(engine: Engine, store: RunStore, run_id: int, rows: Halves) -> None:
    """Both ways in turn over the first rows, then all of them."""
    examples = list(firms(rows[:COMPARED]))
    bare, ours, n = [], [], min(len(rows), COMPARED)
    for _ in range(REPEATS):
        bare.append(bare_copy(engine, examples))
        ours.append(load(store, run_id, examples))
        store.remove_firms(run_id, list(store.finished_firms(run_id)))
    load(store, run_id, firms(rows))
    started = time.perf_counter()
    store.finish(run_id, {})
    checks = (time.perf_counter() - started) * n / len(rows)
    print("| | rows/s | of bare COPY |\n|---|---|---|")
    print(f"| bare COPY BINARY | {n / min(bare):,.0f} | |")
    print(f"| write path, one transaction a firm | {n / min(ours):,.0f} | {min(bare) / min(ours):.0%} |")
    print(f"| with foreign keys and statistics at the end | {n / (min(ours) + checks):,.0f} | "
          f"{min(bare) / (min(ours) + checks):.0%} |")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--dimension", type=int, default=768)
    parser.add_argument("--vectors", type=Path)
    parser.add_argument("--database")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        engine = connect(options.database or f"embedded:{folder}/pg")
        measure(engine, options.vectors, options.rows, options.dimension)
        engine.dispose()


if __name__ == "__main__":
    main()
