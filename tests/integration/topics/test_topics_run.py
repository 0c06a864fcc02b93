"""A quarter end to end: sentences in, topics and themes in the database."""

from pathlib import Path
from typing import Any

import psycopg
import pyarrow.compute as pc
import pyarrow.parquet
import pytest
from openai_server import FakeModel
from topic_tables import run_tables

pytestmark = pytest.mark.filterwarnings("ignore:text model 'hashing'")

THEME_IDS = "SELECT id, name, created_at FROM themes ORDER BY run_id, id"


def rows(url: str, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(query).fetchall()


def test_every_sentence_is_in_a_topic_or_says_why_not(finished: Any) -> None:
    url = finished.database
    assert rows(url, "SELECT status, error FROM firms GROUP BY 1, 2") == [("done", None)]
    assert rows(url, "SELECT count(*) FROM sentences")[0][0] == finished.report["counts"]["sentences"]
    assert rows(url, "SELECT count(*) FROM sentences WHERE (topic_id IS NULL) <> (kept_out IS NOT NULL)") == [(0,)]
    assert rows(url, "SELECT count(*) FROM topics WHERE theme_id IS NULL") == [(0,)]


def test_counts_of_topics_and_themes_agree_with_their_sentences(finished: Any) -> None:
    wrong = """SELECT count(*) FROM topics t WHERE n_sentences <>
        (SELECT count(*) FROM sentences s WHERE (s.run_id, s.topic_id) = (t.run_id, t.id))"""
    assert rows(finished.database, wrong) == [(0,)]
    wrong = """SELECT count(*) FROM themes h, LATERAL (
        SELECT count(*) AS topics, count(DISTINCT firm_id) AS firms, sum(t.n_sentences) AS sentences
        FROM topics t WHERE (t.run_id, t.theme_id) = (h.run_id, h.id)) AS found
        WHERE level = 0 AND (n_topics, n_firms, h.n_sentences) <> (topics, firms, sentences)"""
    assert rows(finished.database, wrong) == [(0,)]


def test_a_language_model_writes_titles_summaries_and_theme_names(finished: Any) -> None:
    assert rows(finished.database, "SELECT DISTINCT summary_source FROM topics") == [("llm",)]
    assert rows(finished.database, "SELECT DISTINCT description_source FROM themes") == [("llm",)]
    assert finished.report["language_model"]["usd"] == pytest.approx(finished.billed)
    assert rows(finished.database, "SELECT sum(usd) FROM language_model_calls")[0][0] == pytest.approx(finished.billed)


def test_the_same_run_again_asks_embeds_and_changes_nothing(run: Any, database: str) -> None:
    with FakeModel() as model:
        first = run(model=model)
        before, ids = run_tables(database, first["run"]), rows(database, THEME_IDS)
        asked = len(model.requests)
        again = run(model=model)
        assert len(model.requests) == asked
    assert again == first
    assert rows(database, THEME_IDS) == ids
    assert run_tables(database, again["run"]) == before
    assert rows(database, "SELECT count(*) FROM runs") == [(1,)]


def test_neither_the_order_of_rows_nor_the_number_of_processes_matters(run: Any, database: str, shuffled: Path) -> None:
    one, two = run(), run("2024Q3", "--processes", "2", path=shuffled)
    assert rows(database, "SELECT DISTINCT summary_source FROM topics") == [("extractive",)]
    assert one["run"] != two["run"]
    assert run_tables(database, one["run"]) == run_tables(database, two["run"])


@pytest.mark.soak
def test_an_outage_loses_no_firm_and_its_summaries_come_with_the_next_start(run: Any, database: str) -> None:
    with FakeModel() as model:
        undisturbed = run_tables(database, run(model=model)["run"])
    with psycopg.connect(database) as connection:
        connection.execute("DELETE FROM language_model_calls")
    with FakeModel() as model:
        model.out = True
        during = run("2024Q3", "--seed", "1", "--llm-timeout", "2", model=model)
        assert during["topics_pending"] > 0
        assert rows(database, f"SELECT count(*) FROM firms WHERE run_id = {during['run']} AND status <> 'done'") == [
            (0,)
        ]
        model.out = False
        ids = rows(database, THEME_IDS)
        after = run("2024Q3", "--seed", "1", "--llm-timeout", "2", model=model)
    assert after["run"] == during["run"]
    assert {row[0] for row in rows(database, THEME_IDS)} & {row[0] for row in ids}
    assert after["topics_pending"] == 0
    assert run_tables(database, after["run"]) == undisturbed


def test_a_firm_that_cannot_be_written_is_recorded_and_the_others_are_done(run: Any, database: str) -> None:
    refuse = """CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF NEW.company_id = 'comp-000003' AND NEW.status = 'done' THEN RAISE EXCEPTION 'not this one'; END IF;
        RETURN NEW; END $$; CREATE TRIGGER refuse BEFORE INSERT ON firms FOR EACH ROW EXECUTE FUNCTION refuse()"""
    with psycopg.connect(database) as connection:
        connection.execute(refuse)
    refused = run(expect=2)
    assert "--max-failed-share" in refused["error"]
    status = dict(rows(database, "SELECT status, count(*) FROM firms GROUP BY 1"))
    assert status["failed"] == 1
    assert status["done"] > 10
    assert "not this one" in rows(database, "SELECT error FROM firms WHERE status = 'failed'")[0][0]
    tolerated = run("2024Q3", "--max-failed-share", "0.2")
    assert tolerated["failed"] == 1
    with psycopg.connect(database) as connection:
        connection.execute("DROP TRIGGER refuse ON firms")
    assert run()["failed"] == 0


def test_changed_firms_alone_are_processed_again_and_those_that_left_are_forgotten(
    run: Any, database: str, transcripts: Path, tmp_path: Path
) -> None:
    table = pyarrow.parquet.read_table(transcripts)
    path = tmp_path / "transcripts.parquet"
    pyarrow.parquet.write_table(table, path)
    run(path=path)
    before = dict(rows(database, "SELECT company_id, processed_at FROM firms"))
    changed, gone = sorted(before)[:2]
    company = table["companyid"]
    keep = pc.and_(pc.not_equal(company, gone), pc.or_(pc.not_equal(company, changed), pc.less(table["position"], 25)))
    pyarrow.parquet.write_table(table.filter(keep), path)
    run(path=path)
    after = dict(rows(database, "SELECT company_id, processed_at FROM firms"))
    assert set(before) - set(after) == {gone}
    assert [company for company in after if after[company] != before[company]] == [changed]
    assert rows(
        database, "SELECT count(*) FROM sentences s WHERE NOT EXISTS (SELECT FROM firms f WHERE f.id = s.firm_id)"
    ) == [(0,)]


def test_themes_of_the_next_quarter_keep_the_ids_of_those_they_continue(run: Any, database: str) -> None:
    first, second = run("2024Q3")["run"], run("2024Q4")["run"]
    both = f"FROM themes a JOIN themes b USING (id) WHERE a.run_id = {first} AND b.run_id = {second}"
    assert rows(database, f"SELECT count(*) > 0, bool_and(b.matched_run_id = {first}) {both}") == [(True, True)]
