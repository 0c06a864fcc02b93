"""Golden queries hold or are named by their place; a malformed file is named by its entry."""

import json
from pathlib import Path
from typing import Any

import pytest
from leadgen.companies import SimilarQuery
from leadgen.errors import InputError

from build_artifacts.rebuild.gate_settings import GateSettings
from build_artifacts.rebuild.golden import Golden, golden_check

LEAD = {"bio": "wind turbine solar grid power", "industry": "energy", "country": "PT", "web_activity_score": 0.9}
FIRM = {"description": "Nimbus sells things. wind turbine solar grid power panel", "country": "DE"}


def check(engine: Any, leads: list[Any] = (), companies: list[Any] = (), share: float = 1.0) -> Any:
    golden = Golden.model_validate({"leads": leads, "companies": companies})
    return golden_check(engine, golden, GateSettings(golden_share=share))


def lead(**expect: Any) -> dict[str, Any]:
    return {"request": LEAD, "expect": expect}


@pytest.fixture(scope="session")
def scored(small_bundle):
    return small_bundle.engine.scorer.score([LEAD])[0].scores


def test_what_the_bundle_answers_is_expected_of_it(small_bundle, scored) -> None:
    ids = [neighbor.customer_id for neighbor in scored.neighbors]
    found = small_bundle.engine.finder.similar(SimilarQuery(row=FIRM, n=3)).companies
    expected = lead(
        band=[scored.band, "other"],
        probability=[scored.probability, 1],
        S_look=[-1, scored.S_look],
        novelty_p_value=[0, 1],
        neighbors=ids[3:5],
    )
    like = [company.company_id for company in found]
    firms = {"request": {"row": FIRM, "n": 3}, "expect": {"companies": like, "absent": ["query"]}}
    assert check(small_bundle.engine, [expected], [firms]).verdict == "accepted"


@pytest.mark.parametrize(
    "expect",
    [
        {"band": ["no such band"]},
        {"probability": [0.99999, 1]},
        {"S_look": [-1, -0.9]},
        {"novelty_p_value": [0, 0]},
        {"neighbors": ["nobody"]},
    ],
)
def test_what_a_lead_does_not_get_is_found_out(small_bundle, expect: dict[str, Any]) -> None:
    refused = check(small_bundle.engine, [lead(), lead(**expect)])
    assert (refused.verdict, refused.value) == ("refused", 0.5)
    assert "leads[1]" in refused.message
    assert "leads[0]" not in refused.message


@pytest.mark.parametrize(
    ("request_", "expect"),
    [
        ({"row": FIRM}, {"companies": ["nobody"]}),
        ({"like": ["query"], "n": 259}, {"absent": ["k000"]}),
        ({"like": ["nobody"]}, {}),
        ({"like": ["query"], "space": "nowhere"}, {}),
        ({}, {}),
    ],
)
def test_what_is_no_similar_company_is_found_out(
    small_bundle, request_: dict[str, Any], expect: dict[str, Any]
) -> None:
    refused = check(small_bundle.engine, companies=[{"request": request_, "expect": expect}])
    assert refused.verdict == "refused"
    assert "companies[0]" in refused.message


def test_some_may_be_wrong_where_the_limit_says_so(small_bundle) -> None:
    queries = [lead(), lead(), lead(band=["no such band"])]
    assert check(small_bundle.engine, queries, share=0.6).verdict == "accepted"
    assert check(small_bundle.engine, queries, share=0.7).verdict == "refused"


def test_no_queries_are_no_fault(small_bundle) -> None:
    assert check(small_bundle.engine).verdict == "skipped"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[", "golden.json is no file of golden queries"),
        (json.dumps({"leads": [lead(), lead(bands=["hot"])]}), r"leads\.1\.expect\.bands"),
        (json.dumps({"leads": [lead(probability=[0.5])]}), r"leads\.0\.expect\.probability"),
        (json.dumps({"queries": []}), "queries"),
        (None, "cannot be read"),
    ],
)
def test_a_malformed_file_is_named(tmp_path: Path, content: str | None, message: str) -> None:
    path = tmp_path / "golden.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(InputError, match=message):
        Golden.read(path)
