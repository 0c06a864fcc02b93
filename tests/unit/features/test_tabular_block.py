"""Categories and numbers as features: flags for what is missing or new, and nothing that overflows."""

import warnings

import numpy as np
import pytest
from leadgen.features import ColumnPlan, TabularTransform

from build_artifacts.indices.fit_tabular import HASHED_BUCKETS, MAX_VALUES, fit_tabular

CATEGORY = ColumnPlan(categories=("kind",))
NUMBER = ColumnPlan(numbers=("size",))


def kinds(*values):
    return [{"kind": value} for value in values]


def sizes(*values):
    return [{"size": value} for value in values]


def raw(transform, rows, plan):
    return transform.raw(rows, plan)[0] / transform.columns[0].scale


def test_a_category_is_one_hot_with_flags_of_its_own_for_new_and_missing():
    transform = fit_tabular(kinds("a", "a", "b", "b", "b", "rare", None), CATEGORY)
    assert transform.columns[0].values == ("b", "a")
    features, known = transform.raw(kinds("a", "B ", "new", "rare", None), CATEGORY)
    np.testing.assert_allclose(
        features / transform.columns[0].scale,
        [[0, 1, 0, 0, 0], [1, 0, 0, 0, 0], [0, 0, 1, 0, 0], [0, 0, 1, 0, 0], [0, 0, 0, 1, 0]],
        rtol=1e-6,
    )
    assert known[:, 0].tolist() == [True, True, False, False, False]


def test_a_column_of_many_values_keeps_the_frequent_ones_and_hashes_the_rest():
    cells = [f"v{i}" for i in range(100) for _ in range(2 + (100 - i) // 5)]
    transform = fit_tabular(kinds(*cells), CATEGORY)
    column = transform.columns[0]
    assert (len(column.values), column.hashed) == (MAX_VALUES, HASHED_BUCKETS)
    features = raw(transform, kinds("v0", "v63", "v99", "new", None), CATEGORY)
    buckets = features[:, MAX_VALUES : MAX_VALUES + HASHED_BUCKETS].sum(axis=1)
    np.testing.assert_allclose(buckets, [0, 0, 1, 1, 0], rtol=1e-6)
    frequency = features[:, -1]
    assert frequency[0] > frequency[1] == pytest.approx(frequency[2])
    assert frequency[4] == 0


def test_a_number_is_standardised_clipped_and_stepped_at_its_quantiles():
    values = np.arange(100.0)
    transform = fit_tabular(sizes(*values), NUMBER)
    features = raw(transform, sizes(49.5, 1e6, -1e6, None), NUMBER)
    np.testing.assert_allclose(features[:, 0], [0, 3, -3, 0], atol=1e-5)
    np.testing.assert_allclose(features[:, 1], [0, 0, 0, 1], atol=1e-6)
    np.testing.assert_allclose(features[:, 2:].sum(axis=1), [2, 4, 0, 0], atol=1e-5)


def test_a_long_tailed_column_is_read_on_a_log_scale():
    transform = fit_tabular(sizes(*np.exp(np.linspace(0, 12, 200))), NUMBER)
    assert transform.columns[0].log
    features = raw(transform, sizes(10.0, 100.0, 1000.0, -5.0), NUMBER)[:, 0]
    assert np.diff(features[:3]) == pytest.approx([np.log(100 / 10) / 3.46] * 2, rel=0.1)
    assert np.isfinite(features).all()
    assert not fit_tabular(sizes(*np.linspace(-5, 5, 50)), NUMBER).columns[0].log


@pytest.mark.parametrize("cell", [None, "", float("nan"), float("inf"), "inf", "Select", "twelve"])
def test_what_is_no_finite_number_is_missing(cell):
    transform = fit_tabular(sizes(*range(10)), NUMBER)
    features, known = transform.raw(sizes(cell), NUMBER)
    assert not known.any()
    np.testing.assert_allclose(features[0] / transform.columns[0].scale, [0, 1, *[0] * 8], atol=1e-6)


@pytest.mark.parametrize("values", [[1e308, -1e308, 1.0, 5e307], [1e308] * 5, [0.0, 1e308, 1e300], [5e-324, 0, 1e-310]])
def test_numbers_of_any_size_stay_finite(values, tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        transform = fit_tabular(sizes(*values), NUMBER)
        features, _ = transform.apply(sizes(*values, 1.7e308, -1.7e308, 0), NUMBER)
    assert np.isfinite(features).all()
    transform.save(tmp_path / "tabular.json")
    assert TabularTransform.load(tmp_path / "tabular.json") == transform


def test_a_constant_column_says_little_even_of_a_row_that_differs():
    transform = fit_tabular([{"size": 1e9 + 0.1} for _ in range(20)], NUMBER)
    features, known = transform.apply(sizes(1e9 + 0.1, 1e9 + 1.1, None), NUMBER)
    assert known[:, 0].tolist() == [True, True, False]
    assert not features[0].any()
    assert abs(features[1]).max() <= 1.0 + 1e-5


def test_a_column_without_a_single_value_adds_nothing():
    plan = ColumnPlan(categories=("kind",), numbers=("size",))
    transform = fit_tabular([{"kind": None, "size": None}] * 5, plan)
    features, known = transform.apply([{}, {"size": 7.0}], plan)
    assert not features[0].any()
    assert known.tolist() == [[False, False], [False, True]]


def test_a_single_row_can_be_fitted_on():
    plan = ColumnPlan(categories=("kind",), numbers=("size",))
    transform = fit_tabular([{"kind": "a", "size": 3.0}], plan)
    assert np.isfinite(transform.apply([{"kind": "b", "size": 4.0}], plan)[0]).all()


def test_every_column_has_the_same_variance_however_many_values_it_has():
    rng = np.random.default_rng(0)
    plan = ColumnPlan(categories=("few", "many"), numbers=("size",))
    rows = [{"few": i % 2, "many": int(rng.integers(90)), "size": float(rng.lognormal(3, 2))} for i in range(600)]
    transform = fit_tabular(rows, plan)
    features, _ = transform.apply(rows, plan)
    np.testing.assert_allclose(features.mean(axis=0), 0, atol=1e-5)
    for part in transform.slices.values():
        assert features[:, part].var(axis=0).sum() == pytest.approx(1.0, abs=1e-4)


def test_an_absent_column_is_filled_as_missing():
    plan = ColumnPlan(categories=("kind",), numbers=("size",))
    transform = fit_tabular([{"kind": "ab"[i % 2], "size": i} for i in range(20)], plan)
    absent, known = transform.apply([{"kind": "a"}], plan)
    np.testing.assert_array_equal(absent, transform.apply([{"kind": "a", "size": None}], plan)[0])
    assert known.tolist() == [[True, False]]


def test_a_row_of_which_nothing_is_known_is_an_empty_block():
    transform = fit_tabular(kinds("a", "b", "a", "b"), CATEGORY)
    assert not transform.apply(kinds("new", None), CATEGORY)[0].any()


def test_a_plan_without_columns_has_no_block():
    assert fit_tabular([{"bio": "x"}], ColumnPlan(text=("bio",))) is None
