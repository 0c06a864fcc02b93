"""Search by meaning: the right rows, as many as there are, page by page."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import numpy as np
import pytest
from leadgen.database import nearest
from leadgen.database.reading import reading
from leadgen.database.runs import RunChoice, RunReference, choose_run, choose_runs
from leadgen.database.search import Filters, search_runs, search_sentences, search_themes, search_topics
from quarters import FIRMS, MODEL, company
from sqlalchemy import Connection, Engine, event, text

from functions.api.schemas import quarterly

QUERY = MODEL.encode(["freight shipping container port"])[0]
SEARCHES = {"sentences": search_sentences, "topics": search_topics, "themes": search_themes}
MODELS = {
    "sentences": quarterly.FoundSentences,
    "topics": quarterly.FoundTopics,
    "themes": quarterly.FoundThemes,
}


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    with reading(engine) as connection:
        yield connection


@pytest.fixture
def run(connection: Connection) -> RunReference:
    return choose_run(connection, RunChoice())


@pytest.fixture
def by_index(monkeypatch: pytest.MonkeyPatch) -> None:
    """However few rows qualify, the index is asked first."""
    monkeypatch.setattr(nearest, "EXACT_ROWS", 0)


def brute_force(engine: Engine, run: int, condition: str = "true") -> list[tuple[int, int]]:
    """Firm and position of all sentences that fulfil the condition, most similar first, by numpy."""
    with engine.connect() as connection:
        rows = connection.execute(text(
            "SELECT s.firm_id, s.position, s.embedding::vector::real[] FROM sentences s LEFT JOIN topics t ON "
            "t.run_id = s.run_id AND t.id = s.topic_id "
            f"WHERE s.run_id = {run} AND s.embedding IS NOT NULL AND {condition}"
        )).all()  # fmt: skip
    vectors = np.array([row[2] for row in rows], dtype=np.float64)
    query = QUERY.astype(np.float16).astype(np.float64)
    similarities = vectors @ query / np.linalg.norm(vectors, axis=1) / np.linalg.norm(query)
    order = sorted(range(len(rows)), key=lambda i: (-round(similarities[i], 12), rows[i][0], rows[i][1]))
    return [(rows[i][0], rows[i][1]) for i in order]


def places(hits: list[Any]) -> list[tuple[int, int]]:
    return [hit.keys[2:] for hit in hits]


def test_the_most_similar_sentences_are_those_that_brute_force_finds(
    engine: Engine, connection: Connection, run: RunReference
) -> None:
    hits = search_sentences(connection, run, QUERY, Filters(), 50)
    assert places(hits) == brute_force(engine, run.run_id)[:50]
    assert hits[0].similarity > 0.7
    assert hits[0].found.text.startswith("We see ")


@pytest.mark.usefixtures("by_index")
def test_the_index_is_used_and_finds_nearly_all_of_them(
    engine: Engine, connection: Connection, run: RunReference
) -> None:
    asked: list[tuple[str, Any]] = []
    event.listen(engine, "before_cursor_execute", lambda *seen: asked.append(seen[2:4]))
    hits = search_sentences(connection, run, QUERY, Filters(), 50)
    assert len(set(places(hits)) & set(brute_force(engine, run.run_id)[:50])) >= 48
    (search,) = [(statement, values) for statement, values in asked if " <=> " in statement]
    # So small a table would be sorted as a whole.
    connection.execute(text("SET LOCAL enable_sort = off"))
    plan = connection.exec_driver_sql(f"EXPLAIN {search[0]}", search[1]).scalars().all()
    assert any("Index Scan using" in line and "embedding" in line for line in plan), plan


@pytest.mark.usefixtures("by_index")
@pytest.mark.parametrize("n", [1, 30, 2_000])
def test_a_filtered_search_never_gives_fewer_than_there_are(
    engine: Engine, connection: Connection, run: RunReference, n: int
) -> None:
    """Even where the index, of which this asks for most of the table, gives up early."""
    connection.execute(text("SET LOCAL hnsw.max_scan_tuples = 1"))
    hits = search_sentences(connection, run, QUERY, Filters(speaker_types=("other",)), n)
    assert len(hits) == min(n, len(brute_force(engine, run.run_id, "s.speaker_type = 'other'")))
    assert {hit.found.speaker_type for hit in hits} == {"other"}


@pytest.mark.parametrize("way", ["exact", "by_index"])
def test_filters_hold_together(
    engine: Engine, connection: Connection, run: RunReference, filled: Any, way: str, request: Any
) -> None:
    if way == "by_index":
        request.getfixturevalue("by_index")
    theme = filled.quarters.themes["Operations"]
    filters = Filters((company(3), company(4), company(5)), ("analyst", "executive"), theme)
    hits = search_sentences(connection, run, QUERY, filters, 100)
    leaves = [filled.quarters.themes[name] for name in ("Freight costs", "Semiconductor supply", "Wage inflation")]
    expected = brute_force(
        engine,
        run.run_id,
        f"t.theme_id IN ({leaves[0]}, {leaves[1]}, {leaves[2]}) AND s.speaker_type IN ('analyst', 'executive') AND "
        "s.firm_id IN (SELECT id FROM firms WHERE company_id IN ('c003', 'c004', 'c005'))",
    )
    assert places(hits) == expected
    assert expected


@pytest.mark.parametrize("way", ["exact", "by_index"])
@pytest.mark.parametrize("name", SEARCHES)
def test_pages_never_repeat_and_together_are_everything(
    connection: Connection, filled: Any, name: str, way: str, request: Any
) -> None:
    if way == "by_index":
        request.getfixturevalue("by_index")
    runs = choose_runs(connection, [RunChoice("2021Q3"), RunChoice("2021Q4")])
    after, keys, size = None, [], {"sentences": 700, "topics": 130, "themes": 4}[name]
    while True:
        page = search_runs(connection, SEARCHES[name], runs, QUERY, Filters(), size, after)
        keys += [hit.keys for hit in page.rows]
        after = page.next
        if after is None:
            break
        assert len(page.rows) == size
    assert len(keys) == {"sentences": 12 * (2 * FIRMS - 10), "topics": 3 * (2 * FIRMS - 10), "themes": 18}[name]
    assert [(-key[0], *key[1:]) for key in keys] == sorted({(-key[0], *key[1:]) for key in keys})


def test_themes_of_a_firm_are_those_of_its_topics_and_all_above(connection: Connection, run: RunReference) -> None:
    found = search_themes(connection, run, QUERY, Filters(company_ids=(company(3),)), 100)
    topics = search_topics(connection, run, QUERY, Filters(company_ids=(company(3),)), 100)
    leaves = {hit.found.theme for hit in topics}
    assert leaves == {hit.found.name for hit in found if hit.found.level == 0}
    assert len({hit.found.name for hit in found if hit.found.level == 1}) in (1, 2)


def test_a_vector_without_direction_is_never_found(connection: Connection, run: RunReference) -> None:
    assert search_sentences(connection, run, np.zeros(64, np.float32), Filters(), 10) == []


def asked(client: httpx.Client, name: str, **body: Any) -> Any:
    response = client.post(f"/{name}/search", json={"text": "freight shipping container port", **body})
    assert response.status_code == 200, response.text
    MODELS[name].model_validate_json(response.content, strict=True)
    return response.json()


@pytest.mark.parametrize("name", SEARCHES)
def test_the_text_is_embedded_and_every_answer_names_its_runs(themes: httpx.Client, filled: Any, name: str) -> None:
    found = asked(themes, name, n=5)
    assert [run["run_id"] for run in found["runs"]] == [filled.quarters.second]
    assert "reight" in str(found[name][0])
    both = asked(themes, name, n=5, quarters=["2021Q4", "2021Q3"])
    assert [run["quarter"] for run in both["runs"]] == ["2021Q3", "2021Q4"]
    similarities = [hit["similarity"] for hit in both[name]]
    assert similarities == sorted(similarities, reverse=True)
    assert {hit["run_id"] for hit in both[name]} <= {filled.quarters.first, filled.quarters.second}


@pytest.mark.parametrize("name", SEARCHES)
def test_cursors_lead_through_all_pages(themes: httpx.Client, name: str) -> None:
    whole = asked(themes, name, n=9)[name]
    first = asked(themes, name, n=4)
    second = asked(themes, name, n=5, cursor=first["next_cursor"])
    assert first[name] + second[name] == whole


def test_an_unknown_firm_or_theme_has_nothing_to_find(themes: httpx.Client) -> None:
    assert asked(themes, "sentences", company_ids=["nobody"])["sentences"] == []
    assert asked(themes, "topics", theme_id=10**15)["topics"] == []
    assert asked(themes, "themes", level=9)["themes"] == []


def test_a_text_without_a_word_is_refused(themes: httpx.Client) -> None:
    response = themes.post("/sentences/search", json={"text": "…!?"})
    assert response.status_code == 422
    assert response.json()["errors"][0]["pointer"] == "#/text"


def test_the_bundles_own_model_is_not_used_for_a_run_of_another(filled: Any, serve: Callable[..., Any]) -> None:
    with serve(LEADGEN_DATABASE_URL=filled.url) as server:
        response = httpx.post(f"{server.url}/sentences/search", json={"text": "freight"}, timeout=30)
    assert response.status_code == 503
    detail = response.json()["detail"]
    assert f"hashing ({MODEL.spec.sha256[:12]}" in detail
    assert "LEADGEN_THEMES_TEXT_MODEL" in detail
