"""The report for people and machines, the measured recall, and the limits' documentation."""

import json

import numpy as np
import pytest
from leadgen.errors import ConfigurationError
from leadgen.index import VectorIndex

from build_artifacts.indices.vector_index import write_index
from build_artifacts.rebuild.gate_settings import GateSettings
from build_artifacts.rebuild.noise import auc_error, share_error
from build_artifacts.rebuild.quality_checks import measured_recall
from build_artifacts.rebuild.report import Check, GateReport
from build_artifacts.rebuild.reporting import run_name, write_rejects
from build_artifacts.rebuild.settings import RebuildSettings, read_settings, settings_table


@pytest.fixture
def report() -> GateReport:
    checks = (
        Check.at_most("customers.rows_drop", 0.5, 0.2, "customers had 10 usable rows, now 5"),
        Check.at_least("customers.auc", 0.8, 0.5, "good"),
        Check.skipped("golden_queries", "there are none"),
    )
    return GateReport(verdict="refused", build="p:1", bundle="new", in_service="old", checks=checks)


def test_the_report_is_what_the_notice_reads(report: GateReport) -> None:
    document = json.loads(report.model_dump_json())
    assert (document["verdict"], document["bundle"], document["in_service"]) == ("refused", "new", "old")
    assert document["checks"][0] == {
        "name": "customers.rows_drop",
        "verdict": "refused",
        "value": 0.5,
        "limit": 0.2,
        "message": "customers had 10 usable rows, now 5",
    }
    assert document["created_at"].endswith("+00:00")
    assert [check.name for check in report.refused] == ["customers.rows_drop"]


def test_the_table_has_a_line_for_each_check_and_the_verdict(report: GateReport) -> None:
    lines = report.table().splitlines()
    assert len(lines) == 4
    assert lines[0].split()[:4] == ["refused", "customers.rows_drop", "0.5", "0.2"]
    assert lines[-1] == "bundle new refused against old"


def test_a_value_at_its_limit_is_accepted() -> None:
    assert Check.at_most("x", 0.2, 0.2, "").verdict == Check.at_least("x", 0.2, 0.2, "").verdict == "accepted"


def test_a_share_of_few_rows_is_uncertain() -> None:
    assert share_error(0.5, 100) == pytest.approx(0.05)
    assert share_error(0.0, 100) > 0
    assert share_error(0.5, 0) > 0.4


def test_the_error_of_an_auc_is_that_of_drawing_again() -> None:
    rng = np.random.default_rng(0)
    positives, negatives = rng.normal(1, 1, (2000, 60)), rng.normal(0, 1, (2000, 240))
    drawn = (positives[:, :, None] > negatives[:, None, :]).mean(axis=(1, 2))
    assert auc_error(float(drawn.mean()), 60, 240) == pytest.approx(drawn.std(), rel=0.1)
    assert auc_error(0.5, 0, 10) == 1.0


def test_a_damaged_index_has_little_recall(tmp_path) -> None:
    rng = np.random.default_rng(0)
    vectors = rng.standard_normal((3000, 24)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    write_index(vectors, tmp_path, kind="ivf-int8")
    assert measured_recall(VectorIndex.open(tmp_path)) > 0.98
    path = tmp_path / "rest.vectors.npy"
    stored = np.load(path)
    np.save(path, stored[::-1])
    assert measured_recall(VectorIndex.open(tmp_path)) < 0.5


def test_every_setting_is_in_its_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEADGEN_GATE_ROWS_DROP", "0.5")
    monkeypatch.setenv("LEADGEN_REUSE_BUNDLE", "true")
    assert read_settings(GateSettings).rows_drop == 0.5
    assert read_settings(RebuildSettings).reuse_bundle
    assert "| `LEADGEN_GATE_ROWS_DROP` | `0.2` |" in settings_table(GateSettings)
    assert "| `LEADGEN_REUSE_BUNDLE` | `false` |" in settings_table(RebuildSettings)


def test_malformed_settings_are_all_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEADGEN_GATE_ROWS_DROP", "half")
    monkeypatch.setenv("LEADGEN_GATE_MIN_AUC", "2")
    with pytest.raises(ConfigurationError, match=r"LEADGEN_GATE_MIN_AUC.*LEADGEN_GATE_ROWS_DROP"):
        read_settings(GateSettings)


def test_rejected_rows_are_listed_without_ids_and_cells(tmp_path) -> None:
    (tmp_path / "rejects").mkdir()
    (tmp_path / "rejects/customers.csv").write_text(
        "row,id,reason,detail\n3,cust-1,unreadable value,\"column 'score' holds 'Ann', which is no number\"\n"
        "4,cust-2,duplicate id,an earlier row has the id 'cust-2'\n"
    )
    write_rejects(tmp_path / "rejects", tmp_path / "report")
    lines = (tmp_path / "report/customers.csv").read_text().splitlines()
    assert lines == ["row,reason,column", "3,unreadable value,score", "4,duplicate id,"]


def test_a_run_is_named_by_its_own_part_of_the_build_id() -> None:
    assert run_name("leadgen-dev-rebuild:0f3c") == "0f3c"
