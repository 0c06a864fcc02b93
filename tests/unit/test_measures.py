"""The measures that everything is judged by, against their definitions."""

import numpy as np
import pytest

from build_artifacts.measures import auc, auc_gain_error, brier, lift, precision_at, reliability


@pytest.fixture
def judged():
    rng = np.random.default_rng(0)
    scores = np.round(rng.random(200), 2)
    return rng.random(200) < scores, scores


def test_auc_is_the_chance_that_a_positive_ranks_above_a_negative(judged):
    labels, scores = judged
    pairs = [(p > n) + 0.5 * (p == n) for p in scores[labels] for n in scores[~labels]]
    assert auc(labels, scores) == pytest.approx(np.mean(pairs))
    weights = np.where(labels, 3.0, 1.0)
    assert auc(labels, scores, weights) == pytest.approx(np.mean(pairs))
    assert auc([False, True], [1.0, 0.0]) == 0.0


@pytest.mark.parametrize("labels", [[True, True], [False, False]])
def test_auc_of_one_label_is_unknown(labels):
    assert auc(labels, [0.1, 0.9]) is None


def test_the_error_of_a_gain_is_that_of_repeated_samples():
    rng = np.random.default_rng(1)
    gains, errors = [], []
    for _ in range(150):
        labels = rng.random(300) < 0.3
        shared = labels + rng.normal(0, 1, 300)
        one, other = shared + rng.normal(0, 0.3, 300), shared + rng.normal(0, 0.6, 300)
        gains.append(auc(labels, one) - auc(labels, other))
        errors.append(auc_gain_error(labels, one, other))
    assert np.mean(errors) == pytest.approx(np.std(gains), rel=0.12)


def test_equal_scores_gain_nothing_for_sure(judged):
    labels, scores = judged
    assert auc_gain_error(labels, scores, 2 * scores) == 0


def test_brier_is_the_mean_squared_error():
    assert brier([True, False], [0.8, 0.4]) == pytest.approx((0.04 + 0.16) / 2)
    assert brier([True, False], [0.8, 0.4], [3, 1]) == pytest.approx((3 * 0.04 + 0.16) / 4)


def test_lift_is_the_rate_among_the_best_over_the_rate_among_all():
    labels = np.array([True, True, False, False, True, False, False, False, False, False])
    scores = np.arange(10, 0, -1)
    assert lift(labels, scores, 0.2) == pytest.approx(1.0 / 0.3)
    assert lift(labels, scores, 0.4) == pytest.approx(0.5 / 0.3)
    assert lift(labels, scores, 0.01) == pytest.approx(1.0 / 0.3)
    assert lift(np.zeros(10, bool), scores) == 0
    assert lift(labels, scores, 0.5, np.where(labels, 1, 0.5)) == pytest.approx((2 / 3) / (3 / 6.5))


def test_reliability_compares_predicted_with_observed_in_each_bin():
    found = reliability([True, False, True, True], [0.05, 0.08, 0.95, 1.0], 10)
    assert [(row["from"], row["rows"], row["observed"]) for row in found] == [(0.0, 2, 0.5), (0.9, 2, 1.0)]
    assert [row["predicted"] for row in found] == pytest.approx([0.065, 0.975])
    weighted = reliability([True, False], [0.05, 0.08], 10, [3, 1])
    assert weighted[0]["observed"] == 0.75


def test_precision_counts_neighbours_of_the_own_class_and_no_unlabelled_ones():
    neighbors = np.array([[1, 2], [0, 2], [3, 0], [2, 1]])
    classes = np.array([0, 0, -1, -1])
    assert precision_at(neighbors, classes, classes, 1) == 0.5
    assert precision_at(neighbors, classes, classes, 2) == 0.25
