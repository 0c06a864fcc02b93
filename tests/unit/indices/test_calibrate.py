"""Out-of-fold scores become probabilities, bands and a report."""

import numpy as np
import pytest

from build_artifacts.indices.calibrate import MAX_POINTS, bands, calibrate, probability_curve, quality


@pytest.fixture
def scored():
    rng = np.random.default_rng(0)
    scores = rng.normal(0, 2, 2000)
    return scores, rng.random(2000) < 1 / (1 + np.exp(-(scores - 1)))


def curve(scores, labels, weights=None):
    return probability_curve(scores, labels, np.ones(len(scores)) if weights is None else weights)


def test_the_curve_rises_within_0_and_1_and_keeps_the_order_of_scores(scored):
    points, values = curve(*scored)
    assert (np.diff(points) > 0).all()
    assert (np.diff(values) > 0).all()
    assert 0 < values[0] < values[-1] < 1
    probabilities = np.interp(np.sort(scored[0]), points, values)
    assert (np.diff(probabilities) > 0).all()


def test_probabilities_are_calibrated(scored):
    points, values = curve(*scored)
    fresh = np.random.default_rng(9).normal(0, 2, 20_000)
    truth = 1 / (1 + np.exp(-(fresh - 1)))
    assert np.abs(np.interp(fresh, points, values) - truth).mean() < 0.04


@pytest.mark.parametrize("labels", [[0, 0, 1, 1], [1, 1, 0, 0], [0, 1, 0, 1]])
@pytest.mark.parametrize("scores", [[0.0, 1, 2, 3], [5.0, 5, 5, 5], [-3.0, -3, 1, 1]])
def test_a_handful_of_rows_has_a_cautious_curve(scores, labels):
    points, values = curve(np.array(scores), np.array(labels, bool))
    assert (np.diff(points) > 0).all()
    assert 0 < min(values) <= max(values) < 1


def test_weights_give_back_the_share_of_the_whole_table():
    labels = np.arange(1000) % 2 == 0
    weights = np.where(labels, 0.1, 0.9)
    _, values = curve(np.zeros(1000), labels, weights)
    assert values[1] == pytest.approx(0.1, abs=0.01)


def test_a_band_reaches_down_to_where_its_precision_still_holds():
    labels = np.array([True] * 30 + [True, False] * 20 + [False] * 100)
    probabilities = np.linspace(0.9, 0.1, len(labels))
    hot, warm = bands({"warm": 0.5, "hot": 0.9}, probabilities, labels, np.ones(len(labels)))
    assert (hot.name, warm.name) == ("hot", "warm")
    for band in (hot, warm):
        above = probabilities >= band.threshold
        assert labels[above].mean() == pytest.approx(band.precision)
        assert band.precision >= band.target_precision
        assert above.mean() == pytest.approx(band.share)
        longer = probabilities >= probabilities[above.sum()] - 1e-12
        assert labels[longer].mean() < band.target_precision
    assert hot.threshold > warm.threshold


def test_a_target_that_no_threshold_reaches_is_no_band():
    labels = np.arange(100) % 5 == 0
    found = bands({"hot": 0.99}, np.linspace(1, 0, 100), labels, np.ones(100))[0]
    assert (found.threshold, found.precision, found.share) == (None, None, 0)


def test_a_few_lucky_rows_are_no_band():
    labels = np.arange(100) < 5
    assert bands({"hot": 0.9}, np.linspace(1, 0, 100), labels, np.ones(100))[0].threshold is None


def test_a_threshold_takes_equal_probabilities_together():
    labels = np.array([True] * 20 + [False] * 80)
    tied = np.full(100, 0.2)
    assert bands({"hot": 0.9}, tied, labels, np.ones(100))[0].threshold is None
    half = np.where(np.arange(100) < 12, 0.9, 0.2)
    found = bands({"hot": 0.9}, half, labels, np.ones(100))[0]
    assert (found.threshold, found.precision, found.share) == (0.9, 1.0, 0.12)


def references(count):
    rng = np.random.default_rng(2)
    return {name: rng.random(count) for name in ("look", "novel", "contrast")}


def made(scored, scorer="contrast", count=50):
    scores, labels = scored
    weights = (np.array([0.5, -1.0]), 0.25)
    return calibrate(
        scorer, scores, labels, np.ones(len(scores)), references=references(count), targets={"hot": 0.7}, linear=weights
    )


def test_references_are_sorted_and_thinned_evenly(scored):
    few, many = made(scored, count=50), made(scored, count=50_000)
    assert few.look == sorted(references(50)["look"])
    assert len(many.look) == MAX_POINTS
    assert (many.look[0], many.look[-1]) == (references(50_000)["look"].min(), references(50_000)["look"].max())
    assert many.percentile("look", 0.3) == pytest.approx(30, abs=1)
    assert many.novelty_p_value([0.95])[0] == pytest.approx(0.05, abs=0.01)


def test_only_the_blend_carries_linear_weights(scored):
    assert made(scored).linear_weights is None
    blend = made(scored, "blend")
    assert (blend.linear_weights, blend.linear_intercept) == ([0.5, -1.0], 0.25)


def test_a_band_of_the_calibration_has_its_precision(scored):
    scores, labels = scored
    made_now = made(scored)
    hot = np.array([made_now.band(float(p)) == "hot" for p in made_now.probability(scores)])
    assert labels[hot].mean() == pytest.approx(made_now.bands[0].precision, abs=1e-9)
    assert labels[hot].mean() >= 0.7


def report(scores, labels):
    weights = np.ones(len(scores))
    return quality({"contrast": scores, "S_look": -scores}, "contrast", labels, weights, np.array([0.01, 0.5]), 0)


def test_the_report_judges_probabilities_by_curves_that_did_not_see_the_row(scored):
    scores, labels = scored
    honest = report(scores, labels)
    assert honest["auc"]["contrast"] == pytest.approx(1 - honest["auc"]["S_look"])
    assert honest["probability"]["auc"] == pytest.approx(honest["auc"]["contrast"], abs=0.02)
    assert honest["probability"]["brier"] < honest["probability"]["brier_of_base_rate"]
    assert honest["probability"]["lift_at_10_percent"] > 1.5
    assert honest["novelty_p_below_5_percent"] == 0.5
    assert (honest["judged_rows"], honest["high_value_rows"]) == (2000, int(labels.sum()))
    noise = report(scores, np.random.default_rng(3).permutation(labels))
    assert noise["probability"]["auc"] == pytest.approx(0.5, abs=0.05)


def test_a_report_on_few_positives_is_made_with_one_curve():
    found = report(np.arange(30.0), np.arange(30) >= 27)
    assert found["high_value_rows"] == 3
    assert found["probability"]["auc"] == 1
