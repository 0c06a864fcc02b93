"""Scores over HTTP: their shape, their sums, and what makes a duplicate."""

from typing import Any

import httpx
import pytest

from functions.api.schemas.scored import ScoredLead, ScoredLeads


def test_a_lead_is_scored_with_every_documented_field(client: httpx.Client, lead: dict[str, Any]) -> None:
    answer = client.post("/score_lead", json=lead)
    assert answer.status_code == 200
    scored = ScoredLead.model_validate_json(answer.content, strict=True)
    assert scored.customer_id == "lead-1"
    assert scored.neighbor_ids == [neighbor.customer_id for neighbor in scored.neighbors]
    assert len(scored.neighbor_ids) == 10
    assert scored.duplicate is None
    assert scored.online_duplicates == "off"
    assert 0 <= scored.probability <= 1
    assert 0 < scored.novelty_p_value <= 1
    assert scored.coverage > 0.5
    assert scored.bundle_id == client.get("/health").json()["bundle_id"]


def test_explanations_sum_to_the_scores(client: httpx.Client, lead: dict[str, Any]) -> None:
    scored = client.post("/score_lead", json=lead).json()
    for name in ("S_look", "contrast_raw"):
        split = scored["explanation"][name]
        assert sum(split["blocks"].values()) == pytest.approx(scored[name], abs=2e-3)
        assert sum(split["columns"].values()) == pytest.approx(split["blocks"]["tabular"], abs=1e-5)


def test_neighbours_and_explanation_are_as_long_as_asked(client: httpx.Client, lead: dict[str, Any]) -> None:
    full = client.post("/score_lead", json=lead).json()
    short = client.post("/score_lead", params={"neighbors": 3, "explain": False}, json=lead).json()
    assert short["neighbor_ids"] == full["neighbor_ids"][:3]
    assert short["explanation"] is None
    assert short["contrast"] == full["contrast"]


def test_a_customers_email_ends_scoring_with_the_record_and_the_rule(
    client: httpx.Client, lead: dict[str, Any], customer: dict[str, Any]
) -> None:
    answer = client.post("/score_lead", json=lead | {"email": f" {customer['email'].upper()} "})
    scored = ScoredLead.model_validate_json(answer.content, strict=True)
    assert scored.duplicate is not None
    assert scored.duplicate.customer_id == customer["customer_id"]
    assert scored.duplicate.rule in ("email_exact", "email_canonical")
    assert scored.duplicate.record["name"] == customer["name"]
    assert scored.S_look is None
    assert scored.probability is None
    assert scored.neighbor_ids == []


def test_the_same_name_at_the_same_company_only_flags(
    client: httpx.Client, lead: dict[str, Any], customer: dict[str, Any]
) -> None:
    known = {column: customer[column] for column in ("name", "company", "country", "city", "website")}
    scored = client.post("/score_lead", json=lead | known).json()
    assert scored["S_look"] is not None
    assert customer["customer_id"] in [flag["customer_id"] for flag in scored["possible_duplicates"]]


def test_a_customer_is_not_its_own_neighbour(client: httpx.Client, customer: dict[str, Any]) -> None:
    columns = ("customer_id", "industry", "company_size", "country", "job_title", "bio", "web_activity_score")
    scored = client.post("/score_lead", json={column: customer[column] for column in columns}).json()
    assert customer["customer_id"] not in scored["neighbor_ids"]


def test_many_leads_get_the_scores_of_each_alone(client: httpx.Client, lead: dict[str, Any]) -> None:
    leads = [lead, {"bio": "Runs a chain of bakeries."}, {"industry": "Software", "web_activity_score": 0}]
    answer = client.post("/score_leads", json={"leads": leads})
    together = ScoredLeads.model_validate_json(answer.content, strict=True)
    for one, scored in zip(leads, together.results, strict=True):
        alone = client.post("/score_lead", json=one).json()
        assert scored.contrast == pytest.approx(alone["contrast"], abs=1e-3)
        assert scored.probability == pytest.approx(alone["probability"], abs=1e-3)


def test_an_unusable_email_is_named_and_does_not_stop_scoring(client: httpx.Client, lead: dict[str, Any]) -> None:
    scored = client.post("/score_lead", json=lead | {"email": "not an address"}).json()
    assert scored["email_problem"] == "must have exactly one @"
    assert scored["S_look"] is not None


def test_a_lead_of_which_nothing_is_known_has_no_neighbours(client: httpx.Client) -> None:
    scored = client.post("/score_lead", json={"industry": "an industry that nobody has"}).json()
    assert scored["coverage"] == 0
    assert scored["neighbor_ids"] == []
    assert scored["contrast"] == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize(
    "text",
    [
        "🦄🚀 growth",
        "מנהלת שיווק בתל אביב",
        "مدير البيانات\u202e",
        "a\u0000b\u0007c\u001b[31m",
        "  \t\n x",
        "𝔘𝔫𝔦𝔠𝔬𝔡𝔢",
        "word " * 3000,
    ],
)
def test_unusual_text_is_scored(client: httpx.Client, text: str) -> None:
    answer = client.post("/score_lead", json={"bio": text, "industry": text[:50], "web_activity_score": 5})
    assert answer.status_code == 200
    assert "NaN" not in answer.text


def test_a_long_text_is_cut_and_said_to_be(client: httpx.Client) -> None:
    scored = client.post("/score_leads", json={"leads": [{"bio": "word " * 3000}, {"bio": "short"}]}).json()
    assert scored["results"][0]["text_truncated"] is True


@pytest.mark.parametrize("number", [0, -1e300, 1e300, 12345678901234567890])
def test_extreme_numbers_are_scored(client: httpx.Client, number: float) -> None:
    answer = client.post("/score_lead", json={"web_activity_score": number, "industry": "Software"})
    assert answer.status_code == 200
    assert answer.json()["contrast"] is not None
