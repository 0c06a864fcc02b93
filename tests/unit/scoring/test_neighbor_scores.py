"""The formulas of a lead's scores, against their plain transcription."""

import numpy as np
import pytest
from leadgen.scoring import Neighborhood, high_value_share, log_odds, mean_similarity, neighbor_weights

HOOD = Neighborhood(contrast=6, temperature=0.07, base_rate=0.23)


@pytest.fixture
def similarities():
    rng = np.random.default_rng(0)
    s = -np.sort(-rng.uniform(-1, 1, (40, 9)), axis=1)
    for row, absent in enumerate(rng.integers(0, 10, 40)):
        s[row, 9 - absent :] = -np.inf
    s[0] = -np.inf
    return s.astype(np.float32)


@pytest.fixture
def labels():
    return np.random.default_rng(1).random((40, 9)) < 0.4


def test_the_contrast_is_the_smoothed_log_odds_of_weighted_neighbours(similarities, labels):
    share, _ = high_value_share(similarities, labels, HOOD)
    for row, found in enumerate(log_odds(share, HOOD.base_rate)):
        s = similarities[row, :6].astype(float)
        present = np.isfinite(s)
        weights = np.exp((s[present] - s[0]) / 0.07)
        p = ((weights * labels[row, :6][present]).sum() + 2 * 0.23) / (weights.sum() + 2)
        assert found == pytest.approx(np.log(p / (1 - p)) - np.log(0.23 / 0.77), abs=1e-6)


def test_the_neighbours_parts_sum_to_what_the_share_exceeds_the_base_rate_by(similarities, labels):
    share, parts = high_value_share(similarities, labels, HOOD)
    assert parts.shape == (40, 6)
    np.testing.assert_allclose(parts.sum(axis=1), share - HOOD.base_rate, atol=1e-12)
    assert not parts[~np.isfinite(similarities[:, :6])].any()
    assert ((parts > 0) <= labels[:, :6]).all()


def test_a_lead_without_neighbours_is_of_average_kind(similarities, labels):
    share, parts = high_value_share(similarities[:1], labels[:1], HOOD)
    assert share.tolist() == [HOOD.base_rate]
    assert log_odds(share, HOOD.base_rate).tolist() == [0.0]
    assert not parts.any()
    assert mean_similarity(similarities[:1], 5).tolist() == [0.0]


def test_a_mean_similarity_leaves_out_who_is_absent(similarities):
    for row, found in enumerate(mean_similarity(similarities, 4)):
        present = similarities[row, :4][np.isfinite(similarities[row, :4])]
        assert found == pytest.approx(present.mean() if len(present) else 0, abs=1e-6)


def test_the_nearest_weighs_one_and_one_temperature_further_1_over_e():
    weights = neighbor_weights(np.array([[0.9, 0.8, -np.inf]]), 0.1)
    np.testing.assert_allclose(weights, [[1, np.exp(-1), 0]], rtol=1e-6)


def test_no_columns_at_all_are_no_neighbours():
    share, parts = high_value_share(np.zeros((3, 0)), np.zeros((3, 0), bool), HOOD)
    assert share.tolist() == [HOOD.base_rate] * 3
    assert parts.shape == (3, 0)


def test_log_odds_stay_finite_at_certainty():
    assert np.isfinite(log_odds(np.array([0.0, 1.0]), 0.5)).all()
    assert np.isfinite(log_odds(np.array([0.5]), 0.0)).all()
