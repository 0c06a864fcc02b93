"""Companies found in a real bundle: seeds, filters, pages, and explanations that sum."""

import pytest
from leadgen.companies import CompanyFinder, QueryError, SimilarQuery, UnknownCompanyError
from leadgen.errors import BundleError
from leadgen.rows import FilterError

ROW = {"description": "clinic nurse patient vaccine hospital", "country": "PT"}


@pytest.fixture(scope="module")
def finder(small_bundle):
    return small_bundle.engine.finder


@pytest.fixture(scope="module")
def sectors(small_bundle):
    return {row["company_id"]: row["sector"] for row in small_bundle.company_rows}


def ids(found):
    return [company.company_id for company in found.companies]


def test_a_description_finds_companies_of_its_kind(finder, sectors):
    found = finder.similar(SimilarQuery(row=ROW, n=20))
    assert [sectors[company] for company in ids(found)].count("health") >= 18
    assert found.matching == 260


def test_both_spaces_can_be_asked(finder):
    assert set(finder.spaces) == {"general", "sector"}
    general = finder.similar(SimilarQuery(row=ROW, space="general"))
    learned = finder.similar(SimilarQuery(row=ROW, space="sector"))
    assert (general.space, learned.space) == ("general", "sector")
    assert [c.similarity for c in general.companies] != [c.similarity for c in learned.companies]
    with pytest.raises(QueryError, match="'other' does not exist; this bundle has general, sector"):
        finder.similar(SimilarQuery(row=ROW, space="other"))


@pytest.mark.parametrize("space", ["general", "sector"])
@pytest.mark.parametrize(
    "query",
    [
        {"row": ROW},
        {"like": ["k010"]},
        {"like": ["k010", "k011"], "unlike": ["k012"]},
        {"row": ROW, "like": ["query", "k020"], "unlike": ["k021", "k022"]},
        {"like": ["k010", "k010"], "unlike": ["k010"]},
    ],
)
def test_an_explanation_sums_over_seeds_blocks_columns_and_words(finder, space, query):
    found = finder.similar(SimilarQuery(**query, n=15, space=space))
    assert len(found.companies) == 15
    for company in found.companies:
        parts = company.explanation
        assert sum(parts["seeds"].values()) == pytest.approx(company.similarity, abs=2e-3)
        assert sum(parts["blocks"].values()) == pytest.approx(company.similarity, abs=2e-3)
        assert sum(parts["columns"].values()) == pytest.approx(parts["blocks"]["tabular"], abs=1e-4)
        seeds = {*query.get("like", ()), *query.get("unlike", ()), *(["query"] if "row" in query else [])}
        assert set(parts["seeds"]) == seeds


def test_negative_seeds_push_away(finder, sectors):
    health = next(i for i, sector in sectors.items() if sector == "health")
    retail = next(i for i, sector in sectors.items() if sector == "retail")
    both = finder.similar(SimilarQuery(like=[health, retail], n=100))
    without = finder.similar(SimilarQuery(like=[health, retail], unlike=[retail], n=100))
    count = [sum(sectors[i] == "retail" for i in ids(found)) for found in (both, without)]
    assert count[0] > count[1]


def test_seeds_are_not_among_what_is_found(finder):
    found = finder.similar(SimilarQuery(like=["k010"], unlike=["k011"], n=300))
    assert len(found.companies) == 258
    assert not {"k010", "k011"} & set(ids(found))


def test_filters_hold_and_never_cut_a_page_short(finder, small_bundle):
    rows = {row["company_id"]: row for row in small_bundle.company_rows}
    wanted = {"country": "pt", "employees": {"gte": 1000, "lt": 3000}}
    expected = {i for i, row in rows.items() if row["country"] == "PT" and 1000 <= row["employees"] < 3000}
    found = finder.similar(SimilarQuery(row=ROW, filters=wanted, n=len(expected)))
    assert set(ids(found)) == expected
    assert found.matching == len(expected)
    with pytest.raises(FilterError, match="'colour'"):
        finder.similar(SimilarQuery(row=ROW, filters={"colour": "red"}))


def test_excluded_domains_are_left_out_with_and_without_filters(finder):
    best = ids(finder.similar(SimilarQuery(row=ROW, n=200)))
    domains = {i: f"nimbus{int(i[1:])}.com" for i in best if i != "query" and int(i[1:]) % 5}
    first = next(iter(domains))
    spellings = [domains[first].upper(), f"https://www.{domains[first]}/about", f"shop.{domains[first]}"]
    for spelling, filters in zip(spellings, ({}, {}, {"country": ["PT", "DE", "FI"]}), strict=True):
        found = finder.similar(SimilarQuery(row=ROW, n=300, excluded_domains=[spelling], filters=filters))
        assert first not in ids(found)
        assert found.matching == 259


def test_pages_follow_each_other(finder):
    whole = ids(finder.similar(SimilarQuery(row=ROW, n=20)))
    pages = [ids(finder.similar(SimilarQuery(row=ROW, n=8, offset=offset))) for offset in (0, 8, 16)]
    assert (pages[0] + pages[1] + pages[2])[:20] == whole
    assert finder.similar(SimilarQuery(row=ROW, offset=1000)).companies == []


def test_a_minimum_similarity_cuts(finder):
    found = finder.similar(SimilarQuery(row=ROW, n=260))
    middle = found.companies[100].similarity
    cut = finder.similar(SimilarQuery(row=ROW, n=260, min_similarity=middle))
    assert ids(cut) == [c.company_id for c in found.companies if c.similarity >= middle]


def test_a_company_shows_what_was_declared_and_no_more(finder, small_bundle):
    row = small_bundle.company_rows[10]
    assert finder.get("k010") == {name: row[name] for name in ("name", "sector", "employees")}
    assert finder.similar(SimilarQuery(like=["k011"], explain=False)).companies[0].explanation == {}


@pytest.mark.parametrize("query", [SimilarQuery(like=["nobody"]), SimilarQuery(row=ROW, unlike=["nobody"])])
def test_an_unknown_company_is_named(finder, query):
    with pytest.raises(UnknownCompanyError, match="'nobody'"):
        finder.similar(query)
    with pytest.raises(UnknownCompanyError):
        finder.get("nobody")


@pytest.mark.parametrize("row", [{}, {"description": "  "}, {"country": "Atlantis"}])
def test_a_description_that_says_nothing_is_refused(finder, row):
    with pytest.raises(QueryError, match="nothing that this bundle knows"):
        finder.similar(SimilarQuery(row=row))


def test_dislikes_alone_are_no_query(finder):
    with pytest.raises(QueryError, match="nothing to compare with"):
        finder.similar(SimilarQuery(unlike=["k010"]))


def test_a_description_cut_at_the_models_limit_is_reported(finder):
    assert finder.similar(SimilarQuery(row={"description": "nurse " * 5000})).text_truncated
    assert not finder.similar(SimilarQuery(row=ROW)).text_truncated


def test_a_companys_own_name_is_not_what_makes_it_alike(finder):
    named = finder.similar(SimilarQuery(row=ROW | {"name": "Zebra", "description": f"Zebra {ROW['description']}"}))
    plain = finder.similar(SimilarQuery(row=ROW))
    assert [c.similarity for c in named.companies] == pytest.approx([c.similarity for c in plain.companies], abs=1e-6)


def test_files_of_another_build_are_refused(small_bundle, finder):
    manifest = finder.manifest.model_copy(update={"rows": 3})
    with pytest.raises(BundleError, match="do not belong together"):
        CompanyFinder.open(small_bundle.engine.folder / "companies", manifest, small_bundle.engine.model)
