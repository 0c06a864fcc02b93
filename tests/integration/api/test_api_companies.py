"""Similar companies over HTTP: by text, by seeds, through filters, page by page, and by path."""

from typing import Any
from urllib.parse import quote

import httpx
import pyarrow.parquet
import pytest

from functions.api.schemas.similar import Company, SimilarCompanies

TEXT = {"description": "Solar and wind power plants", "n": 5}


def found(client: httpx.Client, **query: Any) -> SimilarCompanies:
    answer = client.post("/similar_companies", json=query)
    assert answer.status_code == 200, answer.text
    return SimilarCompanies.model_validate_json(answer.content, strict=True)


def ids(page: SimilarCompanies) -> list[str]:
    return [company.company_id for company in page.companies]


@pytest.fixture(scope="module")
def companies(sample_bundle: Any) -> list[dict[str, Any]]:
    return pyarrow.parquet.read_table(sample_bundle.companies).to_pylist()


def test_a_description_finds_companies_with_an_exact_explanation(client: httpx.Client) -> None:
    page = found(client, **TEXT)
    similarities = [company.similarity for company in page.companies]
    assert len(similarities) == 5
    assert similarities == sorted(similarities, reverse=True)
    for company in page.companies:
        assert sum(company.explanation.blocks.values()) == pytest.approx(company.similarity, abs=2e-3)
        assert sum(company.explanation.seeds.values()) == pytest.approx(company.similarity, abs=2e-3)


def test_seeds_attract_and_repel(client: httpx.Client, companies: list[dict[str, Any]]) -> None:
    likes = [company["company_id"] for company in companies[10:12]]
    attracted = found(client, like=likes, n=20)
    assert not set(likes) & set(ids(attracted))
    repelled = found(client, like=likes, unlike=[ids(attracted)[0]], n=20)
    assert ids(repelled) != ids(attracted)
    assert set(repelled.companies[0].explanation.seeds) == {*likes, ids(attracted)[0]}


def test_pages_continue_where_the_last_one_ended(client: httpx.Client) -> None:
    everything = ids(found(client, **TEXT | {"n": 30}))
    collected, offset = [], 0
    for _ in range(3):
        page = found(client, **TEXT | {"n": 10, "offset": offset, "explain": False})
        collected += ids(page)
        offset = page.next_offset
    assert collected == everything
    last = found(client, **TEXT | {"n": 100})
    assert last.next_offset is None
    assert len(last.companies) == last.matching


def test_filters_never_leave_fewer_than_exist(client: httpx.Client, companies: list[dict[str, Any]]) -> None:
    country = companies[0]["country"]
    page = found(client, **TEXT | {"n": 100, "filters": {"country": country.upper()}})
    assert {company.record["country"] for company in page.companies} == {country}
    assert len(page.companies) == page.matching
    rest = found(client, **TEXT | {"n": 100, "filters": {"country": {"not": [country, None]}}})
    assert country not in {company.record["country"] for company in rest.companies}
    both = found(client, **TEXT | {"n": 100, "filters": {"country": [country], "industry": {"in": ["nothing"]}}})
    assert both.companies == []


def test_a_domain_can_be_left_out_as_it_is_written_in_a_browser(client: httpx.Client) -> None:
    best = found(client, **TEXT).companies[0]
    page = found(client, **TEXT | {"excluded_domains": [best.record["website"] + "/about?x=1"]})
    assert best.company_id not in ids(page)


def test_a_minimum_similarity_cuts_the_page(client: httpx.Client) -> None:
    page = found(client, **TEXT)
    middle = page.companies[2].similarity
    assert ids(found(client, **TEXT | {"min_similarity": middle})) == ids(page)[:3]


def test_a_company_that_is_not_known_can_be_described_by_its_columns(client: httpx.Client) -> None:
    page = found(client, company={"description": TEXT["description"]}, n=5)
    assert ids(page) == ids(found(client, **TEXT))


@pytest.mark.parametrize("identifier", ["a/b c", "ümlaut/../dot.", "new\nline", "🦄 & ?#%"])
def test_an_id_of_any_characters_can_be_a_path(client: httpx.Client, identifier: str) -> None:
    address = f"/companies/{quote(identifier, safe='')}"
    answer = client.get(address)
    assert answer.status_code == 200, answer.text
    assert Company.model_validate_json(answer.content, strict=True).company_id == identifier
    similar = client.get(f"{address}/similar", params={"n": 3, "explain": False})
    page = SimilarCompanies.model_validate_json(similar.content, strict=True)
    assert ids(page) == ids(found(client, like=[identifier], n=3))


def test_an_unknown_company_is_not_found(client: httpx.Client) -> None:
    for answer in (
        client.get("/companies/nobody"),
        client.get("/companies/nobody/similar"),
        client.post("/similar_companies", json={"like": ["nobody"]}),
    ):
        assert answer.status_code == 404
        assert "nobody" in answer.json()["detail"]


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"description": " "},
        {"description": "x", "company": {"description": "y"}},
        {"like": ["new\nline"], "unlike": ["new\nline"]},
        {"unlike": ["new\nline"]},
        {**TEXT, "space": "nowhere"},
        {**TEXT, "n": 0},
        {**TEXT, "n": 101},
        {**TEXT, "n": "5"},
        {**TEXT, "n": True},
        {**TEXT, "offset": -1},
        {**TEXT, "min_similarity": 2},
        {**TEXT, "explain": "yes"},
        {**TEXT, "filters": {"nothing": 1}},
        {**TEXT, "filters": {"country": {}}},
        {**TEXT, "filters": {"country": []}},
        {**TEXT, "filters": {"country": {"like": "x"}}},
        {**TEXT, "filters": {"country": {"gte": None}}},
        {**TEXT, "filters": {"country": [["x"]]}},
        {**TEXT, "filters": {"country": ["x"] * 1001}},
        {**TEXT, "filters": {"country": "x" * 1001}},
        {**TEXT, "excluded_domains": "a.example"},
        {**TEXT, "other": 1},
    ],
)
def test_an_unusable_query_is_refused(client: httpx.Client, query: dict[str, Any]) -> None:
    answer = client.post("/similar_companies", json=query)
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
