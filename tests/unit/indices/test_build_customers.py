"""Customers built with a learned metric: scored as judged, explained exactly, from a sample or from all rows."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from leadgen.engine import Engine
from leadgen.errors import InputError

from build_artifacts.evaluate import evaluate
from build_artifacts.indices import build_customers, build_indices
from build_artifacts.indices.options import BuildOptions, TableOptions

KEY = "a secret of sufficient length"
NOISE = [f"n{i}" for i in range(14)]


def table(count, seed):
    rng = np.random.default_rng(seed)
    rows = []
    for i in range(count):
        x, segment = float(rng.random()), str(rng.choice(["a", "b", "c"]))
        won = rng.random() < 1 / (1 + np.exp(6 - 4 * (segment == "a") - 6 * x))
        rows.append(
            {"id": f"{seed}-{i}", "x": f"{x:.4f}", "segment": segment, "won": "yes" if won else "no"}
            | {name: float(rng.normal()) for name in NOISE}
        )
    return rows


@pytest.fixture
def build(tmp_path, monkeypatch):
    monkeypatch.setenv("LEADGEN_DIGEST_KEY", KEY)

    def run(rows, **fields):
        pq.write_table(pa.Table.from_pylist(rows), tmp_path / "fitted.parquet")
        columns = {"cat_cols": ("segment",), "num_cols": ("x", *NOISE), "high_value": "won"} | fields
        options = TableOptions(input_path=str(tmp_path / "fitted.parquet"), id_col="id", **columns)
        places = {"artifacts": str(tmp_path / "artifacts"), "cache": str(tmp_path / "cache")}
        build_indices(BuildOptions(**places, customers=options, threads=1))
        return Engine.open(str(tmp_path / "artifacts"), digest_key=KEY, threads=1), options

    return run


@pytest.mark.parametrize("sampled", [False, True])
def test_a_learned_metric_scores_unseen_leads_as_well_as_it_was_judged(build, tmp_path, monkeypatch, sampled):
    if sampled:
        monkeypatch.setattr(build_customers, "SAMPLE_ROWS", 500)
        monkeypatch.setattr(build_customers, "JUDGED_ROWS", 400)
        monkeypatch.setattr(build_customers, "LEAST_HIGH_VALUE", 200)
    engine, options = build(table(800, 1))
    manifest = engine.manifest.customers
    assert manifest.spaces["customers"]["learned_from"] == "won"
    assert engine.model is None
    pq.write_table(pa.Table.from_pylist(table(500, 2)), tmp_path / "held.parquet")
    judged = evaluate(engine, replace(options, input_path=str(tmp_path / "held.parquet")), None)["leads"]
    assert judged["auc"]["probability"] == pytest.approx(manifest.quality["probability"]["auc"], abs=0.06)
    assert judged["auc"]["probability"] > 0.75
    assert judged["brier"] < judged["brier_of_base_rate"]
    assert 0.01 < judged["novelty_p_below_5_percent"] < 0.1


def test_a_learned_metric_is_explained_exactly(build):
    engine, _ = build(table(800, 1))
    assert engine.manifest.customers.spaces["customers"]["learned_from"] == "won"
    leads = [{key: value for key, value in row.items() if key not in ("id", "won")} for row in table(20, 3)]
    for result in engine.scorer.score(leads):
        for name in ("S_look", "contrast_raw"):
            parts = result.scores.explanation[name]
            assert sum(parts["blocks"].values()) == pytest.approx(getattr(result.scores, name), abs=2e-3)
            assert sum(parts["columns"].values()) == pytest.approx(parts["blocks"]["tabular"], abs=1e-4)


def test_numbers_written_as_text_can_be_filtered(build):
    engine, _ = build(table(60, 1))
    assert engine.scorer.rows.filter_columns["x"] == "number"
    assert 0 < engine.scorer.rows.match({"x": {"gte": 0.5}}).count < 60


@pytest.mark.parametrize(("won", "which"), [("yes", "every"), ("no", "no")])
def test_customers_of_one_kind_are_refused(build, won, which):
    with pytest.raises(InputError, match=f"'won' holds for {which} one of the 30 rows"):
        build([row | {"won": won} for row in table(30, 1)])


def test_customers_without_a_label_are_refused(build):
    with pytest.raises(InputError, match="name a column or comparison with --high-value"):
        build(table(30, 1), high_value=None)


def test_a_sample_has_enough_high_value_rows():
    labels = np.arange(10_000) % 200 == 0
    chosen = build_customers._sample(labels, 1000, 40, 0)
    assert (np.diff(chosen) > 0).all()
    assert labels[chosen].sum() == 40
    assert 1000 <= len(chosen) <= 1040
    assert build_customers._sample(labels, 20_000, 40, 0).tolist() == list(range(10_000))
