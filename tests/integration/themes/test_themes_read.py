"""Runs, themes, topics, sentences and firms over HTTP."""

from typing import Any
from urllib.parse import quote

import httpx
import pytest
from quarters import FIRMS, SENTENCES, SPEAKERS, company

from functions.api.schemas import quarterly


def answer(client: httpx.Client, path: str, model: Any, **parameters: Any) -> Any:
    """The answer, checked against the model that documents it."""
    response = client.get(path, params=parameters)
    assert response.status_code == 200, response.text
    model.model_validate_json(response.content, strict=True)
    return response.json()


def pages(client: httpx.Client, path: str, model: Any, name: str, **parameters: Any) -> list[Any]:
    """All entries of a list, page by page."""
    found: list[Any] = []
    while True:
        page = answer(client, path, model, **parameters)
        assert len(page[name]) <= parameters["n"]
        found += page[name]
        if page["next_cursor"] is None:
            return found
        assert len(page[name]) == parameters["n"]
        parameters["cursor"] = page["next_cursor"]


def test_runs_are_listed_with_their_counts_the_newest_quarter_first(themes: httpx.Client, filled: Any) -> None:
    runs = pages(themes, "/runs", quarterly.Runs, "runs", n=3)
    known = filled.quarters
    assert [run["run_id"] for run in runs] == [known.running, known.second, known.first, known.superseded]
    assert [run["status"] for run in runs] == ["running", "complete", "complete", "complete"]
    first = runs[2]
    assert (first["n_firms"], first["n_sentences"], first["n_topics"]) == (FIRMS, FIRMS * (SENTENCES + 1), 3 * FIRMS)
    assert (first["n_clustered"], first["n_themes"], first["n_failed_firms"]) == (12 * FIRMS, 7, 0)


def test_themes_are_those_of_the_newest_complete_run(themes: httpx.Client, filled: Any) -> None:
    page = answer(themes, "/themes", quarterly.Themes, n=100)
    assert page["run"]["run_id"] == filled.quarters.second
    assert page["run"]["quarter"] == "2021Q4"
    assert page["run"]["text_model"] == "hashing"
    assert page["themes"][0]["name"] == "Freight costs"
    assert "Vaccination" not in [theme["name"] for theme in page["themes"]]


def test_a_quarter_means_its_newest_complete_run_and_an_id_any(themes: httpx.Client, filled: Any) -> None:
    known = filled.quarters
    assert answer(themes, "/themes", quarterly.Themes, quarter="2021Q3")["run"]["run_id"] == known.first
    older = answer(themes, "/themes", quarterly.Themes, run_id=known.superseded)
    assert older["run"]["run_id"] == known.superseded
    assert len(older["themes"]) == 1


@pytest.mark.parametrize("sort", ["n_firms", "n_topics", "n_sentences"])
def test_pages_of_themes_together_are_all_of_them_in_order(themes: httpx.Client, sort: str) -> None:
    found = pages(themes, "/themes", quarterly.Themes, "themes", n=2, sort=sort, quarter="2021Q3")
    assert len({theme["theme_id"] for theme in found}) == len(found) == 7
    places = [(-theme[sort], theme["theme_id"]) for theme in found]
    assert places == sorted(places)


def test_themes_are_found_by_part_of_their_text_literally(themes: httpx.Client) -> None:
    def named(text: str) -> list[str]:
        return [theme["name"] for theme in answer(themes, "/themes", quarterly.Themes, text=text, n=50)["themes"]]

    assert named("FREIGHT") == ["Freight costs"]
    assert len(named("100%")) == 7
    assert named("100_") == []
    assert named("\\") == []


def test_a_theme_comes_with_its_tree_and_its_history(themes: httpx.Client, filled: Any) -> None:
    ids = filled.quarters.themes
    broad = answer(themes, f"/themes/{ids['Operations']}", quarterly.ThemeInTree)
    assert broad["parent"] is None
    assert {child["name"] for child in broad["children"]} == {"Freight costs", "Semiconductor supply", "Wage inflation"}
    freight = answer(themes, f"/themes/{ids['Freight costs']}", quarterly.ThemeInTree)
    assert freight["parent"]["theme_id"] == ids["Operations"]
    assert freight["theme"]["keywords"] == [["word", 0.5]]
    assert [entry["quarter"] for entry in freight["history"]] == ["2021Q3", "2021Q4"]
    assert freight["history"][1]["n_firms"] == freight["theme"]["n_firms"]


def test_a_theme_that_is_gone_is_read_from_the_newest_run_that_has_it(themes: httpx.Client, filled: Any) -> None:
    gone = answer(themes, f"/themes/{filled.quarters.themes['Vaccination']}", quarterly.ThemeInTree)
    assert gone["run"]["run_id"] == filled.quarters.first
    assert [entry["quarter"] for entry in gone["history"]] == ["2021Q3"]


def test_two_quarters_are_compared_by_shares_of_firms(themes: httpx.Client, filled: Any) -> None:
    changes = answer(themes, "/themes/compare", quarterly.Comparison, **{"from": "2021Q3", "to": "2021Q4"})
    assert changes["run_before"]["run_id"] == filled.quarters.first
    assert changes["run_after"]["run_id"] == filled.quarters.second
    assert [theme["name"] for theme in changes["new"]["themes"]] == ["Buybacks"]
    assert [theme["name"] for theme in changes["gone"]["themes"]] == ["Vaccination"]
    grown = changes["grown"]["themes"][0]
    assert grown["name"] == "Freight costs"
    assert grown["after"]["share_of_firms"] == grown["after"]["n_firms"] / (FIRMS - 10)
    assert grown["before"]["share_of_sentences"] == grown["before"]["n_sentences"] / (12 * FIRMS)
    kinds = ("new", "gone", "grown", "shrunk", "unchanged")
    assert sum(changes[kind]["count"] for kind in kinds) == 8
    same = answer(themes, "/themes/compare", quarterly.Comparison, **{"from": "2021Q3", "to": "2021Q3", "n": 2})
    assert (same["unchanged"]["count"], len(same["unchanged"]["themes"])) == (7, 2)


def test_the_topics_of_a_broad_theme_are_those_of_the_themes_under_it(themes: httpx.Client, filled: Any) -> None:
    path = f"/themes/{filled.quarters.themes['Operations']}/topics"
    found = pages(themes, path, quarterly.Topics, "topics", n=50)
    broad = answer(themes, f"/themes/{filled.quarters.themes['Operations']}", quarterly.ThemeInTree)
    assert len({topic["topic_id"] for topic in found}) == len(found) == broad["theme"]["n_topics"]
    assert {topic["theme"] for topic in found} == {child["name"] for child in broad["children"]}
    one = found[0]["company_id"]
    of_one = pages(themes, path, quarterly.Topics, "topics", n=50, company_id=one)
    assert {topic["company_id"] for topic in of_one} == {one}


def test_the_sentences_of_a_topic_come_by_centrality_or_by_position(themes: httpx.Client) -> None:
    topic = answer(themes, f"/firms/{company(7)}/topics", quarterly.Topics)["topics"][0]
    path = f"/topics/{topic['topic_id']}/sentences"
    central = pages(themes, path, quarterly.Sentences, "sentences", n=3)
    assert len(central) == topic["n_sentences"] == 4
    assert [entry["similarity"] for entry in central] == sorted((e["similarity"] for e in central), reverse=True)
    said = pages(themes, path, quarterly.Sentences, "sentences", n=1, order="position")
    assert [entry["position"] for entry in said] == sorted(entry["position"] for entry in central)
    assert [entry["speaker_type"] for entry in said] == list(SPEAKERS)
    some = pages(themes, path, quarterly.Sentences, "sentences", n=2, speaker_type=["analyst", "other"])
    assert {entry["speaker_type"] for entry in some} == {"analyst", "other"}


def test_a_topic_names_its_run_its_firm_and_its_theme(themes: httpx.Client, filled: Any) -> None:
    listed = answer(themes, f"/firms/{company(7)}/topics", quarterly.Topics, quarter="2021Q3")
    one = answer(themes, f"/topics/{listed['topics'][1]['topic_id']}", quarterly.OneTopic)
    assert one["run"]["run_id"] == listed["run"]["run_id"] == filled.quarters.first
    assert one["topic"] == listed["topics"][1]
    assert one["topic"]["firm"] == "Firm 7"


@pytest.mark.parametrize("number", [0, 1, 2, 50])
def test_a_firm_is_found_by_an_id_of_any_characters(themes: httpx.Client, number: int) -> None:
    path = f"/firms/{quote(company(number), safe='')}"
    firm = answer(themes, path, quarterly.FirmInQuarters)
    assert firm["firm"]["company_id"] == company(number)
    assert [entry["quarter"] for entry in firm["history"]] == ["2021Q3", "2021Q4"]
    topics = pages(themes, f"{path}/topics", quarterly.Topics, "topics", n=2)
    assert [topic["local_id"] for topic in topics] == [0, 1, 2]


def test_a_firm_that_no_longer_reports_is_read_from_its_last_quarter(themes: httpx.Client, filled: Any) -> None:
    firm = answer(themes, f"/firms/{company(FIRMS - 1)}", quarterly.FirmInQuarters)
    assert firm["run"]["run_id"] == filled.quarters.first


@pytest.mark.parametrize(
    "path",
    [
        "/themes/999999",
        "/themes/999999/topics",
        "/topics/999999",
        "/topics/999999/sentences",
        "/firms/nobody",
        "/firms/nobody/topics",
        "/themes?quarter=1999Q1",
        "/themes?run_id=999",
        "/themes/compare?from=1999Q1&to=2021Q4",
        f"/firms/{company(FIRMS - 1)}?quarter=2021Q4",
    ],
)
def test_what_does_not_exist_is_404(themes: httpx.Client, path: str) -> None:
    response = themes.get(path)
    assert response.status_code == 404
    assert "no" in response.json()["detail"]


def test_a_run_under_way_answers_nothing(themes: httpx.Client, filled: Any) -> None:
    assert themes.get("/themes", params={"run_id": filled.quarters.running}).status_code == 404
    assert themes.get("/themes", params={"quarter": "2022Q1"}).status_code == 404
