"""What a run writes is there once, whole, and comes back as it went in."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from firm_examples import DIMENSION, configuration, example, unit
from leadgen.database.connection import DatabaseUnavailableError, connect
from leadgen.errors import ConfigurationError, InputError
from pgvector import HalfVector
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError

from build_artifacts.topics.clustering import TopicModel
from build_artifacts.topics.firm import TopicSummary
from build_artifacts.topics.store import NewTheme, RunStore, deletion

Rows = Callable[..., list[tuple[object, ...]]]
COUNTS = "SELECT (SELECT count(*) FROM firms), (SELECT count(*) FROM topics), (SELECT count(*) FROM sentences)"


@pytest.fixture
def run_id(store: RunStore) -> int:
    return store.open_run(configuration()).id


def vectors(values: list[object]) -> np.ndarray:
    return np.array([HalfVector.from_text(str(value)).to_numpy() for value in values], np.float32)


def theme(level: int = 0, parent: int | None = None, **changes: object) -> NewTheme:
    summary = TopicSummary(f"Theme of level {level}", "What it is about.", "extractive")
    embedding = unit(np.ones(DIMENSION))
    return replace(NewTheme(level, parent, summary, [("growth", 0.5)], 2, 1, 9, embedding), **changes)


def test_a_firm_comes_back_as_it_was_written(store: RunStore, run_id: int, rows: Rows) -> None:
    firm = example("acme", n=23)
    firm.write(store, run_id)
    found = rows(
        "SELECT s.text, s.document, s.speaker_type, s.kept_out, t.local_id, s.similarity, s.embedding::text "
        "FROM sentences s LEFT JOIN topics t ON t.run_id = s.run_id AND t.id = s.topic_id ORDER BY s.position"
    )
    texts, documents, speakers, kept_out, labels, similarities, embeddings = map(list, zip(*found, strict=True))
    assert texts == firm.firm.texts
    assert documents == firm.firm.documents
    assert speakers == firm.firm.speaker_types
    assert kept_out == firm.firm.kept_out
    clustered = firm.firm.clustered
    assert [labels[row] for row in clustered] == firm.topics.labels.tolist()
    assert [similarities[row] for row in clustered] == pytest.approx(firm.topics.similarities.tolist())
    assert (vectors([embeddings[row] for row in clustered]) == firm.embeddings.astype(np.float16)).all()
    assert {(labels[row], embeddings[row]) for row in range(23) if row not in clustered} == {(None, None)}
    ((centroid, representation),) = rows("SELECT centroid::text, representation FROM topics WHERE local_id = 1")
    assert (vectors([centroid]) == firm.topics.topics[1].centroid.astype(np.float16)).all()
    assert representation == [["growth", 0.5], ["margin", 0.25]]
    status = (
        "SELECT status, company_id, ticker, name, quarter, input_hash, n_sentences, n_clustered, n_topics FROM firms"
    )
    assert rows(status) == [("done", "acme", "ACME", "acme Inc.", "2021Q3", "acme-0", 23, 19, 3)]


def test_topics_come_back_by_company_and_size(store: RunStore, run_id: int) -> None:
    firms = {company: example(company) for company in ("b", "Z", "a", "ä")}
    for firm in firms.values():
        firm.write(store, run_id)
    table = store.topic_table(run_id)
    assert table.company_ids == [company for company in ("Z", "a", "b", "ä") for _ in range(3)]
    assert table.n_sentences[:3].tolist() == [topic.n_sentences for topic in firms["Z"].topics.topics]
    assert (table.embeddings[3:6] == firms["a"].topic_embeddings.astype(np.float16)).all()
    assert (table.titles[1], table.summaries[1]) == ("Topic 1", "About 1.")
    assert len(set(table.ids.tolist())) == 12


def test_a_run_without_topics_has_an_empty_table(store: RunStore, run_id: int) -> None:
    table = store.topic_table(run_id)
    assert (table.embeddings.shape, table.ids.shape, table.titles) == ((0, DIMENSION), (0,), [])


def test_the_same_configuration_resumes_and_any_difference_starts_anew(store: RunStore) -> None:
    first = store.open_run(configuration())
    assert (first.resumed, first.complete) == (False, False)
    again = store.open_run(configuration(parameters=dict(reversed({"seed": 7}.items()))))
    assert (again.id, again.resumed, again.complete) == (first.id, True, False)
    differences = [{"quarter": "2021Q4"}, {"parameters": {"seed": 8}}, {"code_version": "0.1.1"}, {"dimension": 16}]
    assert len({first.id, *(store.open_run(configuration(**change)).id for change in differences)}) == 5
    store.finish(first.id, {"seconds": 1.5})
    assert store.open_run(configuration()).complete


def test_a_run_in_use_is_refused_to_a_second_process(database: str, store: RunStore, run_id: int) -> None:
    other = connect(database)
    with RunStore(other, lock_wait_seconds=0) as second:
        with pytest.raises(ConfigurationError, match=f"another process works on run {run_id}"):
            second.open_run(configuration())
        assert second.open_run(configuration("2021Q4")).id != run_id
        store.close()
        assert second.open_run(configuration()).id == run_id
        with pytest.raises(ConfigurationError, match="another process"):
            example("acme").write(store, run_id)
    other.dispose()


def test_a_firm_written_twice_is_there_once(store: RunStore, run_id: int, rows: Rows) -> None:
    for _ in range(2):
        example("acme").write(store, run_id)
        example("other").write(store, run_id)
    assert rows(COUNTS) == [(2, 6, 40)]
    assert store.finished_firms(run_id) == {"acme": "acme-0", "other": "other-0"}


def test_changed_input_replaces_the_firm(store: RunStore, run_id: int, rows: Rows) -> None:
    example("acme", n=20).write(store, run_id)
    example("acme", n=9, n_topics=2, edition=1).write(store, run_id)
    assert rows(COUNTS) == [(1, 2, 9)]
    assert store.finished_firms(run_id) == {"acme": "acme-1"}
    assert all("edition 1" in str(said) for (said,) in rows("SELECT text FROM sentences"))


@pytest.mark.parametrize("n", [0, 1, 3])
def test_the_smallest_firms_can_be_written(store: RunStore, run_id: int, rows: Rows, n: int) -> None:
    example("tiny", n=n).write(store, run_id)
    assert rows(COUNTS) == [(1, min(n, 3), n)]


def test_a_failed_firm_is_recorded_without_rows_and_is_not_finished(store: RunStore, run_id: int, rows: Rows) -> None:
    firm = example("acme")
    firm.write(store, run_id)
    store.record_failure(run_id, firm.firm, "ValueError: no\0 topics")
    assert rows(COUNTS) == [(1, 0, 0)]
    assert rows("SELECT status, error FROM firms") == [("failed", "ValueError: no\ufffd topics")]
    assert store.finished_firms(run_id) == {}
    firm.write(store, run_id)
    assert rows("SELECT status, error FROM firms") == [("done", None)]


def test_characters_that_the_database_cannot_keep_are_replaced(store: RunStore, run_id: int, rows: Rows) -> None:
    firm = example("acme", n=3)
    texts = ["nul\0 inside", "half \ud83d of a pair", "both \ud83d\ude00 halves"]
    named = replace(firm.firm, texts=texts, name="A\0", ticker="\udfff", documents=["d\0"] * 3, company_id="a\0b")
    summaries = [TopicSummary("T\0", "S\ud800", "llm")] * 3
    odd = replace(firm.topics.topics[0], keywords=(("w\0\ud800", 1.0),))
    topics = replace(firm.topics, topics=(odd, *firm.topics.topics[1:]))
    store.write_firm(run_id, named, topics, summaries, firm.embeddings, firm.topic_embeddings)
    assert [said for (said,) in rows("SELECT text FROM sentences ORDER BY position")] == [
        "nul\ufffd inside", "half \ufffd of a pair", "both 😀 halves",
    ]  # fmt: skip
    assert rows("SELECT company_id, name, ticker FROM firms") == [("a\ufffdb", "A\ufffd", "\ufffd")]
    assert rows("SELECT title, summary FROM topics LIMIT 1") == [("T\ufffd", "S\ufffd")]
    assert rows("SELECT representation FROM topics WHERE local_id = 0") == [([["w\ufffd\ufffd", 1.0]],)]


@pytest.mark.parametrize("spoiled", ["embeddings", "topic_embeddings", "summaries", "width", "infinite"])
def test_a_firm_whose_parts_do_not_fit_is_refused_and_leaves_nothing(
    store: RunStore, run_id: int, rows: Rows, spoiled: str
) -> None:
    firm = example("acme")
    changes = {
        "embeddings": {"embeddings": firm.embeddings[1:]},
        "topic_embeddings": {"topic_embeddings": firm.topic_embeddings[1:]},
        "summaries": {"summaries": firm.summaries[1:]},
        "width": {"embeddings": firm.embeddings[:, 1:]},
        "infinite": {"embeddings": firm.embeddings * 1e9},
    }[spoiled]
    with pytest.raises(InputError, match="embedding"):
        replace(firm, **changes).write(store, run_id)
    assert rows(COUNTS) == [(0, 0, 0)]


def test_firms_that_left_the_input_can_be_removed(store: RunStore, run_id: int, rows: Rows) -> None:
    for company in ("acme", "gone", "other"):
        example(company).write(store, run_id)
    store.record_failure(run_id, example("failed").firm, "ValueError")
    assert store.company_ids(run_id) == {"acme", "gone", "other", "failed"}
    store.remove_firms(run_id, ["gone", "failed"])
    assert sorted(store.finished_firms(run_id)) == sorted(store.company_ids(run_id)) == ["acme", "other"]
    assert rows(COUNTS) == [(2, 6, 40)]


def test_pending_summaries_come_with_their_most_central_sentences_and_are_filled_in(
    store: RunStore, run_id: int, rows: Rows
) -> None:
    waiting = example("acme", n=60, source="pending")
    waiting.write(store, run_id)
    example("done").write(store, run_id)
    (firm,) = store.pending_summaries(run_id)
    assert (firm.company_id, firm.name, [topic.local_id for topic in firm.topics.topics]) == (
        "acme", "acme Inc.", [0, 1, 2],
    )  # fmt: skip
    texts = [waiting.firm.texts[row] for row in waiting.firm.clustered]
    for topic in firm.topics.topics:
        mine = np.flatnonzero(waiting.topics.labels == topic.local_id)
        central = mine[np.argsort(-waiting.topics.similarities[mine], kind="stable")][:8]
        assert [firm.texts[row] for row in topic.exemplars] == [texts[row] for row in central]
        assert topic.n_sentences == len(mine)
    answers = [TopicSummary("Said\0 by a model", "Text.", "llm")] * 2
    new = unit(np.eye(DIMENSION)[:2] + 0.5)
    store.fill_summaries(run_id, firm.topic_ids[:2], answers, new)
    filled = rows("SELECT title, embedding::text FROM topics WHERE summary_source = 'llm' ORDER BY local_id")
    assert [title for title, _ in filled] == ["Said\ufffd by a model"] * 2
    assert np.allclose(vectors([embedding for _, embedding in filled]), new, atol=1e-3)
    (left,) = store.pending_summaries(run_id)
    assert left.topic_ids == firm.topic_ids[2:]


@pytest.mark.parametrize("n", [2, 9, 30, 200])
def test_pending_summaries_come_with_the_exemplars_that_their_topics_were_found_with(
    store: RunStore, run_id: int, n: int
) -> None:
    said = [f"Sentence {number % max(2, n - n // 4)} was said." for number in range(n)]
    vectors = {text: unit(np.random.default_rng(row).standard_normal(DIMENSION)) for row, text in enumerate(set(said))}
    embeddings = np.stack([vectors[text] for text in said])
    topics = TopicModel().fit(said, embeddings)
    firm = replace(example("acme", n).firm, texts=said, kept_out=[None] * n)
    pending = [TopicSummary("Title", "Text.", "pending")] * len(topics.topics)
    store.write_firm(run_id, firm, topics, pending, embeddings, embeddings[: len(pending)])
    (waiting,) = store.pending_summaries(run_id)
    assert [[waiting.texts[row] for row in topic.exemplars] for topic in waiting.topics.topics] == [
        [said[row] for row in topic.exemplars] for topic in topics.topics
    ]


def write_themes(store: RunStore, run_id: int, themes: list[NewTheme], place: int = 0) -> list[int]:
    topic_ids = store.topic_table(run_id).ids
    n = len(topic_ids)
    return store.write_themes(run_id, themes, topic_ids, np.full(n, place), np.full(n, 0.75, np.float32))


def test_themes_written_again_replace_the_earlier_attempt(store: RunStore, run_id: int, rows: Rows) -> None:
    example("acme").write(store, run_id)
    write_themes(store, run_id, [theme(), theme(), theme()])
    ids = write_themes(store, run_id, [theme(parent=1), theme(level=1)])
    assert rows("SELECT id, parent_id, level FROM themes ORDER BY id") == [(ids[0], ids[1], 0), (ids[1], None, 1)]
    assert rows("SELECT DISTINCT theme_id, theme_similarity FROM topics") == [(ids[0], 0.75)]


def test_a_matched_theme_keeps_its_id_in_the_next_quarter(store: RunStore, run_id: int, rows: Rows) -> None:
    example("acme").write(store, run_id)
    ids = write_themes(store, run_id, [theme(), theme()])
    store.finish(run_id, {})
    later = store.open_run(configuration("2021Q4")).id
    example("acme").write(store, later)
    earlier = store.earlier_themes(later)
    assert earlier is not None
    assert (earlier.run_id, earlier.ids.tolist(), earlier.levels.tolist()) == (run_id, ids, [0, 0])
    assert np.allclose(earlier.embeddings, theme().embedding, atol=1e-3)
    matched = theme(matched_id=ids[1], matched_run_id=run_id, matched_similarity=0.5)
    new = write_themes(store, later, [matched, theme()])
    assert new[0] == ids[1]
    assert new[1] not in ids
    match = "SELECT matched_run_id, matched_similarity FROM themes WHERE run_id = :run_id AND id = :id"
    assert rows(match, run_id=later, id=new[0]) == [(run_id, 0.5)]


def test_themes_written_again_keep_their_ids_and_times(store: RunStore, run_id: int, rows: Rows) -> None:
    def pointing(axis: int, **changes: object) -> NewTheme:
        return theme(embedding=unit(np.eye(DIMENSION)[axis] + 0.01), **changes)

    before = write_themes(store, run_id, [pointing(0, parent=3), pointing(1), pointing(2), pointing(0, level=1)])
    kept = "SELECT id, created_at FROM themes ORDER BY id"
    times = dict(rows(kept))
    after = write_themes(store, run_id, [pointing(3), pointing(2), pointing(0, level=1), pointing(0, parent=2)])
    assert after[1:] == [before[2], before[3], before[0]]
    assert after[0] not in before
    assert {theme_id: time for theme_id, time in rows(kept) if theme_id in before} == {
        theme_id: times[theme_id] for theme_id in after[1:]
    }
    assert rows("SELECT created_at > :first FROM themes WHERE id = :id", first=times[before[0]], id=after[0]) == [
        (True,)
    ]


def test_a_theme_that_continues_another_runs_passes_its_id_on_to_no_other(
    store: RunStore, run_id: int, rows: Rows
) -> None:
    axes = [unit(np.eye(DIMENSION)[axis] + 0.01) for axis in range(3)]
    taken_over = {"matched_id": 700, "matched_run_id": 7, "matched_similarity": 0.5}
    first = write_themes(store, run_id, [theme(embedding=axes[0], **taken_over), theme(embedding=axes[1])])
    assert write_themes(store, run_id, [theme(embedding=axes[0]), theme(embedding=axes[1])]) == first
    match = "SELECT matched_run_id, matched_similarity FROM themes WHERE id = 700"
    assert rows(match) == [(7, 0.5)]
    third = write_themes(store, run_id, [theme(embedding=axes[0]), theme(embedding=axes[1], **taken_over)])
    assert third[1] == 700
    assert third[0] not in first


def test_themes_are_compared_with_the_newest_complete_run_of_the_same_text_model(store: RunStore) -> None:
    def run(quarter: str, *, complete: bool = True, **changes: object) -> int:
        run_id = store.open_run(configuration(quarter, **changes)).id
        if complete:
            store.finish(run_id, {})
        return run_id

    def earlier(run_id: int) -> int | None:
        found = store.earlier_themes(run_id)
        return None if found is None else found.run_id

    oldest = run("2021Q1")
    second = run("2021Q2")
    run("2021Q2", complete=False, code_version="unfinished")
    run("2021Q2", text_model_sha256="cd" * 32)
    run("2021Q4")
    assert earlier(oldest) is None
    assert earlier(second) == oldest
    assert earlier(run("2021Q3")) == second
    assert earlier(run("2021Q1", code_version="newer")) == oldest


def test_vector_indexes_are_built_once_and_answer_queries(
    store: RunStore, run_id: int, engine: Engine, rows: Rows
) -> None:
    example("acme", n=200, n_topics=20).write(store, run_id)
    told: list[tuple[str, int, int]] = []
    store.build_vector_indexes(run_id, told=lambda *what: told.append(what))
    assert {(table, total) for table, _, total in told} == {(f"sentences_r{run_id}", 160), (f"topics_r{run_id}", 20)}
    assert set(store.build_vector_indexes(run_id).values()) == {0.0}
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off"))
        for table in ("sentences", "topics"):
            plan = connection.execute(
                text(
                    f"EXPLAIN SELECT 1 FROM {table} WHERE run_id = {run_id} ORDER BY embedding::halfvec({DIMENSION}) "
                    "<=> CAST(:v AS halfvec) LIMIT 3"
                ),
                {"v": str([1.0] * DIMENSION)},
            )
            assert f"ix_{table}_r{run_id}_embedding" in str(plan.scalars().all())


def test_a_finished_run_has_its_report_and_time(store: RunStore, run_id: int, rows: Rows) -> None:
    store.finish(run_id, {"dollars": 0.25, "note": "a\0b"})
    assert rows("SELECT status, report, finished_at >= started_at FROM runs") == [
        ("complete", {"dollars": 0.25, "note": "a\ufffdb"}, True)
    ]


@pytest.mark.parametrize("column", ["firm_id", "topic_id"])
def test_a_run_whose_sentences_refer_to_nothing_cannot_be_finished(
    store: RunStore, run_id: int, rows: Rows, column: str
) -> None:
    example("acme").write(store, run_id)
    with store.writing(run_id) as connection:
        connection.execute(text(f"UPDATE sentences SET {column} = 10 ^ 9 WHERE position = 0"))
    with pytest.raises(IntegrityError, match=f"fk_sentences_r{run_id}_{column}"):
        store.finish(run_id, {})
    assert rows("SELECT status FROM runs") == [("running",)]
    example("acme").write(store, run_id)


def test_a_finished_run_can_still_be_written(store: RunStore, run_id: int, rows: Rows) -> None:
    for edition in range(2):
        example("acme", edition=edition).write(store, run_id)
        store.build_vector_indexes(run_id)
        store.finish(run_id, {})
    assert rows(COUNTS) == [(1, 3, 20)]
    assert store.finished_firms(run_id) == {"acme": "acme-1"}


CHANGES: dict[str, Callable[[RunStore, int], object]] = {
    "written": lambda store, run_id: example("new").write(store, run_id),
    "failed": lambda store, run_id: store.record_failure(run_id, example("acme").firm, "ValueError"),
    "removed": lambda store, run_id: store.remove_firms(run_id, ["acme"]),
    "filled": lambda store, run_id: store.fill_summaries(run_id, [], [], np.empty((0, DIMENSION))),
    "themes": lambda store, run_id: write_themes(store, run_id, [theme()]),
}


@pytest.mark.parametrize("change", list(CHANGES))
def test_a_complete_run_that_is_changed_is_complete_only_when_finished_again(
    store: RunStore, run_id: int, rows: Rows, change: str
) -> None:
    example("acme").write(store, run_id)
    store.finish(run_id, {"seconds": 1.5})
    status = "SELECT status, finished_at IS NULL FROM runs"
    store.build_vector_indexes(run_id)
    assert rows(status) == [("complete", False)]
    CHANGES[change](store, run_id)
    assert rows(status) == [("running", True)]
    store.finish(run_id, {"seconds": 2.5})
    assert rows(status) == [("complete", False)]
    assert store.report(run_id) == {"seconds": 2.5}


def test_a_change_that_is_undone_leaves_the_run_complete(store: RunStore, run_id: int, rows: Rows) -> None:
    store.finish(run_id, {})
    with pytest.raises(InputError, match="not finite"):
        write_themes(store, run_id, [theme(embedding=np.full(DIMENSION, np.inf, np.float32))])
    assert rows("SELECT status FROM runs") == [("complete",)]


def test_a_run_starts_while_others_are_read(store: RunStore, engine: Engine, database: str) -> None:
    example("acme").write(store, store.open_run(configuration()).id)
    with engine.connect() as reader:
        for table in ("firms", "topics", "sentences", "themes"):
            reader.execute(text(f"SELECT count(*) FROM {table}"))
        impatient = connect(f"{database}&options=-c%20lock_timeout%3D1s")
        with RunStore(impatient) as other:
            run_id = other.open_run(configuration("2021Q4")).id
            example("acme").write(other, run_id)
            other.finish(run_id, {})
        impatient.dispose()
    assert store.finished_firms(run_id) == {"acme": "acme-0"}


def test_deleting_a_run_gives_way_to_readers(
    store: RunStore, run_id: int, engine: Engine, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deletion, "_LOCK_TIMEOUT", "50ms")
    monkeypatch.setattr(deletion, "_PAUSE_SECONDS", 0.01)
    example("acme").write(store, run_id)
    with engine.connect() as reader:
        reader.execute(text("SELECT count(*) FROM topics"))
        monkeypatch.setattr(deletion, "_ATTEMPTS", 2)
        with pytest.raises(DatabaseUnavailableError, match=f"run {run_id} is not deleted"):
            store.delete_run(run_id)
        assert rows(COUNTS) == [(1, 3, 20)]
        monkeypatch.setattr(deletion, "_ATTEMPTS", 1000)
        with ThreadPoolExecutor(1) as threads:
            deleted = threads.submit(store.delete_run, run_id)
            assert rows(COUNTS) == [(1, 3, 20)]
            reader.rollback()
            deleted.result(30)
    assert rows(COUNTS) == [(0, 0, 0)]


def test_deleting_a_run_leaves_the_others(store: RunStore, run_id: int, rows: Rows) -> None:
    other = store.open_run(configuration("2021Q4")).id
    for run in (run_id, other):
        example("acme").write(store, run)
        write_themes(store, run, [theme(parent=1), theme(level=1)])
        store.build_vector_indexes(run)
        store.finish(run, {})
    store.delete_run(run_id)
    assert rows(COUNTS) == [(1, 3, 20)]
    assert rows("SELECT run_id, count(*) FROM themes GROUP BY run_id") == [(other, 2)]
    assert rows("SELECT id FROM runs") == [(other,)]
    assert rows("SELECT count(*) FROM pg_class WHERE relname LIKE :name", name=f"%\\_r{run_id}%") == [(0,)]
    with pytest.raises(InputError, match=f"no run {run_id}"):
        store.delete_run(run_id)
