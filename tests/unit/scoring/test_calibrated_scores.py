"""Percentiles, conformal p-values, probabilities and bands."""

import json

import numpy as np
import pytest
from leadgen.calibration import Band, Calibration
from leadgen.errors import BundleError


def calibration(**fields):
    return Calibration(
        **{
            "scorer": "contrast",
            "look": [0.1, 0.2, 0.2, 0.4],
            "novel": [0.1, 0.3, 0.5],
            "contrast": [],
            "curve_scores": [-1.0, 0.0, 2.0],
            "curve_probabilities": [0.05, 0.2, 0.9],
            "bands": [],
        }
        | fields
    )


def band(name, threshold):
    return Band(name=name, target_precision=0.5, threshold=threshold, precision=None, share=0.1)


def test_a_percentile_counts_those_below_and_half_of_the_equal():
    found = calibration().percentile("look", [0.0, 0.1, 0.2, 0.3, 0.4, 9.0])
    np.testing.assert_allclose(found, [0, 12.5, 50, 75, 87.5, 100])
    assert calibration().percentile("contrast", [1.0]).tolist() == [0.0]


def test_the_p_value_is_the_share_of_customers_as_novel_or_more():
    found = calibration().novelty_p_value([0.0, 0.3, 0.31, 0.6])
    np.testing.assert_allclose(found, [4 / 4, 3 / 4, 2 / 4, 1 / 4])


def test_p_values_of_exchangeable_rows_are_uniform():
    rng = np.random.default_rng(0)
    reference = calibration(novel=np.sort(rng.gamma(2, size=999)).tolist())
    p = reference.novelty_p_value(rng.gamma(2, size=20_000))
    for level in (0.01, 0.05, 0.2, 0.5, 0.9):
        assert np.mean(p <= level) == pytest.approx(level, abs=4 * np.sqrt(level * (1 - level) / 999))


def test_probabilities_are_interpolated_and_clipped_to_the_curve():
    found = calibration().probability([-9, -0.5, 1.0, 9])
    np.testing.assert_allclose(found, [0.05, 0.125, 0.55, 0.9])


def test_a_band_is_the_best_whose_threshold_is_reached():
    found = calibration(bands=[band("hot", None), band("warm", 0.6), band("cool", 0.3)])
    assert [found.band(p) for p in (0.99, 0.6, 0.59, 0.3, 0.0)] == ["warm", "warm", "cool", "cool", "low"]


def test_it_is_saved_as_json_and_read_again(tmp_path):
    path = tmp_path / "calibration.json"
    written = calibration(scorer="blend", linear_weights=[0.5, -1.0], bands=[band("hot", 0.9)])
    written.save(path)
    assert json.loads(path.read_text())["scorer"] == "blend"
    assert Calibration.load(path) == written


@pytest.mark.parametrize("content", [None, "", "{", "{}", '{"scorer": "other"}', "\x00"])
def test_a_damaged_calibration_is_refused_by_name(tmp_path, content):
    path = tmp_path / "calibration.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(BundleError, match=r"calibration\.json is no calibration"):
        Calibration.load(path)
