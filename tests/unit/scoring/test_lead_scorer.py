"""Leads scored against a real bundle: exact explanations, own rows left out, duplicates stopped."""

import dataclasses
import shutil

import numpy as np
import pytest
from leadgen.customers import LeadScorer
from leadgen.errors import BundleError, ConfigurationError
from leadgen.scoring import high_value_share, log_odds, mean_similarity

KEY = "a secret of sufficient length"
LEAD = {"bio": "wind turbine power plant", "industry": "energy", "country": "PT", "web_activity_score": 0.9}


@pytest.fixture(scope="module")
def scorer(small_bundle):
    return small_bundle.engine.scorer


def score(scorer, lead, **options):
    result = scorer.score([lead], **options)[0]
    assert result.scores is not None
    return result.scores


def plain_similarities(scorer, lead, left_out=()):
    """Similarities of a lead to all customers, best first, and the rows they belong to."""
    vector = scorer._space.encode([lead], scorer._model).vectors[0]
    similarities = scorer._index.vectors(np.arange(len(scorer.rows))) @ vector
    similarities[list(left_out)] = -np.inf
    order = np.argsort(-similarities, kind="stable")
    return similarities[order], order


def test_scores_follow_their_formulas(scorer):
    hood, scores = scorer.manifest.neighborhood, score(scorer, LEAD)
    similarities, rows = plain_similarities(scorer, LEAD)
    labels = np.asarray(scorer.rows.labels)[rows]
    high = similarities[labels]
    share, _ = high_value_share(similarities[None], labels[None], hood)
    assert scores.S_look == pytest.approx(high[:20].mean(), abs=1e-3)
    assert scores.S_novel == pytest.approx(1 - similarities[:5].mean(), abs=1e-3)
    assert scores.contrast == pytest.approx(float(log_odds(share, hood.base_rate)[0]), abs=2e-2)
    assert scores.contrast_raw == pytest.approx(high[:20].mean() - similarities[:20].mean(), abs=1e-3)
    assert scores.contrast_raw == pytest.approx(
        float(mean_similarity(high[None], 20)[0] - mean_similarity(similarities[None], 20)[0]), abs=1e-3
    )
    assert 0 < scores.probability < 1
    assert scores.coverage == 1


def test_a_lead_like_the_buyers_scores_above_one_unlike_them(scorer):
    good, bad = score(scorer, LEAD), score(scorer, {"bio": "clinic nurse", "industry": "health", "country": "FI",
                                                    "web_activity_score": 0.02})  # fmt: skip
    assert good.probability > 0.6 > 0.2 > bad.probability
    assert good.contrast > 0 > bad.contrast
    assert good.percentiles["contrast"] > 60 > 40 > bad.percentiles["contrast"]
    assert good.band != bad.band == "low"


def test_explanations_sum_to_the_scores(scorer, small_bundle):
    leads = [LEAD, {"industry": "retail"}, {"bio": "brand outlet"}, *small_bundle.customer_rows[:20]]
    for lead in leads:
        lead = {key: value for key, value in lead.items() if key != "email"}
        scores = score(scorer, lead)
        for name in ("S_look", "contrast_raw"):
            blocks = scores.explanation[name]["blocks"]
            assert sum(blocks.values()) == pytest.approx(getattr(scores, name), abs=1e-3)
            assert sum(scores.explanation[name]["columns"].values()) == pytest.approx(blocks["tabular"], abs=1e-4)


def test_contributions_of_all_neighbours_sum_to_the_share_above_the_base_rate(scorer):
    scores = score(scorer, LEAD, neighbors=500)
    base = scorer.base_rate
    odds = np.exp(scores.contrast + np.log(base / (1 - base)))
    assert sum(n.contribution for n in scores.neighbors) == pytest.approx(odds / (1 + odds) - base, abs=1e-6)
    for neighbor in scores.neighbors:
        assert neighbor.contribution * (1 if neighbor.high_value else -1) >= 0


def test_neighbours_are_named_best_first_with_what_may_be_shown(scorer, small_bundle):
    scores = score(scorer, LEAD, neighbors=7)
    similarities = [n.similarity for n in scores.neighbors]
    assert len(similarities) == 7
    assert similarities == sorted(similarities, reverse=True)
    assert all(n.high_value for n in scores.high_value_neighbors)
    by_id = {row["customer_id"]: row for row in small_bundle.customer_rows}
    for neighbor in scores.neighbors:
        row = by_id[neighbor.customer_id]
        assert neighbor.high_value == (row["annual_spend"] >= 50_000)
        assert neighbor.record["industry"] == row["industry"]
        assert "email" not in neighbor.record


def test_a_customer_is_compared_with_neither_itself_nor_its_company(scorer, small_bundle):
    row = next(row for row in small_bundle.customer_rows if row["customer_id"] == "c020")
    named = scorer.score([row], emails_block=False, neighbors=300)[0]
    assert named.scores is not None
    ids = {n.customer_id for n in named.scores.neighbors}
    assert not {"c020", "c021"} & ids
    assert len(ids) == len(small_bundle.customer_rows) - 2
    by_id = score(scorer, {k: v for k, v in row.items() if k != "email"}, neighbors=300)
    assert "c020" not in {n.customer_id for n in by_id.neighbors}


def test_a_known_address_stops_the_scoring(scorer):
    stopped, scored = scorer.score([LEAD | {"email": "GIVEN.30@firm15.example"}, LEAD])
    assert stopped.scores is None
    assert dataclasses.astuple(stopped.duplicate) == ("c030", "email_exact", True)
    assert "company_domain" in {d.rule for d in stopped.possible_duplicates}
    assert scored.scores is not None
    assert scored.duplicate is None


def test_a_colleague_only_flags(scorer):
    result = scorer.score([LEAD | {"email": "somebody@firm15.example"}])[0]
    assert result.scores is not None
    assert [(d.customer_id, d.rule, d.blocks) for d in result.possible_duplicates] == [
        ("c030", "company_domain", False),
        ("c031", "company_domain", False),
    ]
    assert not {"c030", "c031"} & {n.customer_id for n in result.scores.neighbors}


def test_a_duplicate_is_scored_where_it_does_not_block(scorer):
    result = scorer.score([LEAD | {"email": "given.30@firm15.example"}], emails_block=False)[0]
    assert result.scores is not None
    assert result.duplicate is None
    assert result.possible_duplicates[0].rule == "email_exact"


def test_a_lead_of_which_nothing_is_known_has_no_neighbours(scorer):
    scores = score(scorer, {"industry": "never seen", "bio": None})
    assert scores.neighbors == []
    assert (scores.S_look, scores.S_novel, scores.contrast, scores.coverage) == (0, 1, 0, 0)
    assert scores.novelty_p_value < 0.01


def test_leads_scored_together_score_as_alone(scorer, small_bundle):
    leads = [{k: v for k, v in row.items() if k != "email"} for row in small_bundle.customer_rows[:25]]
    together = scorer.score(leads)
    for lead, result in zip(leads, together, strict=True):
        assert result.scores is not None
        assert result.scores.contrast == pytest.approx(score(scorer, lead).contrast, abs=1e-3)
    assert scorer.score([]) == []


def test_explanations_can_be_left_out(scorer):
    assert score(scorer, LEAD, explain=False).explanation == {}


def test_a_table_without_labels_is_refused(small_bundle, scorer):
    manifest = scorer.manifest.model_copy(update={"neighborhood": None})
    with pytest.raises(BundleError, match="no high-value labels"):
        LeadScorer.open(small_bundle.engine.folder / "customers", manifest, scorer._model, KEY)


def test_files_of_another_build_are_refused(small_bundle, scorer):
    manifest = scorer.manifest.model_copy(update={"rows": 3})
    with pytest.raises(BundleError, match="do not belong together"):
        LeadScorer.open(small_bundle.engine.folder / "customers", manifest, scorer._model, KEY)


@pytest.mark.parametrize("key", [None, "", "another secret of sufficient length"])
def test_the_digest_key_of_the_build_is_needed(small_bundle, scorer, key):
    with pytest.raises(ConfigurationError, match="LEADGEN_DIGEST_KEY"):
        LeadScorer.open(small_bundle.engine.folder / "customers", scorer.manifest, scorer._model, key)


def test_no_file_of_a_bundle_is_a_pickle(small_bundle, tmp_path):
    copy = shutil.copytree(small_bundle.engine.folder, tmp_path / "bundle")
    for path in copy.rglob("*"):
        assert path.suffix not in {".pkl", ".pickle", ".joblib"}
        if path.suffix == ".npy":
            np.load(path, allow_pickle=False)
