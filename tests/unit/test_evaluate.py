"""A bundle judged on labelled tables, from Python and from the command line."""

import json
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from leadgen.engine import Engine
from leadgen.errors import ConfigurationError, InputError

from build_artifacts.cli import main
from build_artifacts.evaluate import as_table, evaluate

KEY = "a secret of sufficient length"


@pytest.fixture(scope="module")
def report(small_bundle):
    return evaluate(small_bundle.engine, small_bundle.customers, small_bundle.companies)


def test_leads_are_judged_by_every_score(report, small_bundle):
    leads = report["leads"]
    assert leads["rows"] == len(small_bundle.customer_rows)
    assert leads["high_value_rows"] == sum(row["annual_spend"] >= 50_000 for row in small_bundle.customer_rows)
    assert set(leads["auc"]) == {"S_look", "contrast", "contrast_raw", "probability"}
    assert leads["auc"]["probability"] > 0.8
    assert leads["brier"] < leads["brier_of_base_rate"]
    assert leads["lift_at_10_percent"] > 1.5
    assert 0 <= leads["novelty_p_below_5_percent"] < 0.15
    assert sum(row["rows"] for row in leads["reliability"]) == leads["rows"]
    assert sum(band["rows"] for band in leads["bands"].values()) == leads["rows"]
    assert leads["bands"]["hot"]["high_value_rate"] > leads["bands"]["low"]["high_value_rate"]


def test_companies_are_judged_in_every_space_and_against_tf_idf(report):
    companies = report["companies"]
    assert (companies["rows"], companies["similar_by"], companies["classes"]) == (260, "sector", 3)
    for name in ("tf-idf", "general", "sector"):
        assert companies[name]["precision@1"] > 0.9
        assert companies[name]["precision@10"] > 0.9
    assert companies["general"]["recall@20"] > 0.95


def test_repeated_texts_are_judged_once(small_bundle, tmp_path):
    rows = [dict(row, company_id=f"{row['company_id']}-{copy}") for row in small_bundle.company_rows for copy in (0, 1)]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "twice.parquet")
    table = replace(small_bundle.companies, input_path=str(tmp_path / "twice.parquet"))
    assert evaluate(small_bundle.engine, None, table)["companies"]["rows"] == 260


def test_labels_that_are_noise_are_seen_through(small_bundle, tmp_path):
    rng = np.random.default_rng(0)
    rows = [
        dict(row, company_id=str(i), sector=str(rng.integers(3))) for i, row in enumerate(small_bundle.company_rows)
    ]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "noise.parquet")
    found = evaluate(
        small_bundle.engine, None, replace(small_bundle.companies, input_path=str(tmp_path / "noise.parquet"))
    )
    assert found["companies"]["general"]["precision@10"] == pytest.approx(1 / 3, abs=0.06)


def test_the_report_is_one_line_a_figure(report):
    lines = as_table(report).splitlines()
    assert f"bundle                       {report['bundle']}" in lines
    assert any(line.split() == ["probability", f"{report['leads']['auc']['probability']:.4f}"] for line in lines)
    assert sum('"predicted"' in line for line in lines) == len(report["leads"]["reliability"])


@pytest.mark.parametrize(
    ("part", "change", "error", "message"),
    [
        ("customers", {"high_value": None}, ConfigurationError, "--high-value"),
        ("companies", {"similar_by": None}, ConfigurationError, "--companies-similar-by"),
        ("companies", {"similar_by": "website"}, InputError, "0 of which share a 'website'"),
    ],
)
def test_what_a_judgement_lacks_is_named(small_bundle, part, change, error, message):
    tables = {"customers": None, "companies": None, part: replace(getattr(small_bundle, part), **change)}
    with pytest.raises(error, match=message):
        evaluate(small_bundle.engine, tables["customers"], tables["companies"])


def test_too_few_companies_are_refused(small_bundle, tmp_path):
    pq.write_table(pa.Table.from_pylist(small_bundle.company_rows[:10]), tmp_path / "few.parquet")
    with pytest.raises(InputError, match=r"few\.parquet: 10 different companies"):
        evaluate(small_bundle.engine, None, replace(small_bundle.companies, input_path=str(tmp_path / "few.parquet")))


def test_a_bundle_without_such_a_table_is_named(small_bundle):
    engine = small_bundle.engine
    bare = Engine(engine.folder, engine.manifest, engine.model, None, None)
    with pytest.raises(ConfigurationError, match="holds no customers"):
        evaluate(bare, small_bundle.customers, None)
    with pytest.raises(ConfigurationError, match="holds no companies"):
        evaluate(bare, None, small_bundle.companies)


@pytest.mark.parametrize("place", ["artifacts", "bundle"])
def test_the_command_line_prints_the_report_and_writes_it_as_json(small_bundle, tmp_path, capsys, monkeypatch, place):
    monkeypatch.setenv("LEADGEN_DIGEST_KEY", KEY)
    bundle = small_bundle.artifacts if place == "artifacts" else small_bundle.engine.folder
    arguments = ["evaluate", "--bundle", str(bundle), "--input-path", small_bundle.customers.input_path]
    assert main([*arguments, "--threads", "1", "--json", str(tmp_path / "report.json")]) == 0
    written = json.loads((tmp_path / "report.json").read_text())
    assert written["leads"]["auc"]["probability"] > 0.8
    assert as_table(written) in capsys.readouterr().out


def test_the_key_beside_the_bundles_is_found(small_bundle, tmp_path, capsys, monkeypatch):
    monkeypatch.delenv("LEADGEN_DIGEST_KEY", raising=False)
    arguments = ["evaluate", "--threads", "1", "--input-path", small_bundle.customers.input_path, "--bundle"]
    folder = tmp_path / small_bundle.engine.folder.name
    folder.symlink_to(small_bundle.engine.folder)
    (tmp_path / "CURRENT").write_text(folder.name)
    assert main([*arguments, str(tmp_path)]) == 2
    assert "LEADGEN_DIGEST_KEY is not set" in capsys.readouterr().err
    (tmp_path / "digest.key").write_text(KEY)
    assert main([*arguments, str(tmp_path)]) == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["evaluate", "--bundle", "nowhere", "--input-path", "x"], "leadgen evaluate: LEADGEN_BUNDLE_PATH=nowhere"),
        (["indices"], "leadgen indices: nothing to build"),
        (["indices", "--input-path", "gone.csv", "--text-cols", ""], "gone.csv does not exist"),
        (["data", "--customers", "0"], "leadgen data: a sample needs"),
    ],
)
def test_an_error_is_one_line_and_exit_code_2(arguments, message, capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    assert message in capsys.readouterr().err.splitlines()[-1]


def test_an_interrupted_command_says_that_nothing_changed(capsys, monkeypatch, tmp_path):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("build_artifacts.sample.write_sample", interrupt)
    assert main(["data", "--output-path", str(tmp_path)]) == 130
    assert "nothing in service has changed" in capsys.readouterr().err
