"""What the gate lets pass and what it stops, on real bundles of a few hundred rows."""

from collections.abc import Callable
from typing import Any

import pytest

from build_artifacts.rebuild.gate import judge, snapshot_id
from build_artifacts.rebuild.gate_settings import GateSettings
from build_artifacts.rebuild.report import GateReport

SETTINGS = GateSettings()
Rows = list[dict[str, Any]]


def flipped(rows: Rows) -> Rows:
    return [row | {"annual_spend": 90_000.0 - row["annual_spend"]} for row in rows]


def of_one_kind(rows: Rows) -> Rows:
    """The same customers, all with the words of another trade."""
    return [row | {"bio": "zeppelin airship hangar mooring ballast", "industry": "aviation"} for row in rows]


def in_other_units(rows: Rows) -> Rows:
    return [row | {"web_activity_score": 100 * (row["web_activity_score"] or 0)} for row in rows]


def with_mixed_features(rows: Rows) -> Rows:
    """Each customer with the features of another: a join on the wrong key."""
    others = rows[97:] + rows[:97]
    return [
        row | {name: other[name] for name in ("bio", "industry", "country", "web_activity_score")}
        for row, other in zip(rows, others, strict=True)
    ]


def without_ids(rows: Rows) -> Rows:
    return [row | {"customer_id": "" if i % 6 == 0 else row["customer_id"]} for i, row in enumerate(rows)]


def with_most_labels_gone(rows: Rows) -> Rows:
    """Half of the high-value customers are none any more."""
    high = [row for row in rows if row["annual_spend"] > 50_000]
    lost = {row["customer_id"] for row in high[::2]}
    return [row | {"annual_spend": 0.0} if row["customer_id"] in lost else row for row in rows]


@pytest.mark.parametrize(
    ("change", "caught"),
    [
        (lambda rows: rows[::2], "customers.rows_drop"),
        (lambda rows: rows + [row | {"customer_id": f"{row['customer_id']}{i}"} for row in rows for i in (1, 2)],
         "customers.rows_rise"),
        (flipped, "customers.label_agreement"),
        (flipped, "customers.rank_correlation"),
        (flipped, "customers.high_value_change"),
        (with_most_labels_gone, "customers.label_agreement"),
        (of_one_kind, "customers.novel_share"),
        (of_one_kind, "customers.novelty_distance"),
        (in_other_units, "customers.novelty_distance"),
        (with_mixed_features, "customers.rank_correlation"),
        (with_mixed_features, "customers.auc_drop"),
        (without_ids, "customers.rejected_rise"),
        (lambda rows: [row | {"customer_id": f"x{row['customer_id']}"} for row in rows], "customers.neighbor_overlap"),
    ],
)  # fmt: skip
def test_a_bad_snapshot_of_customers_is_caught(small_bundle, rebuilt, change: Callable[[Rows], Rows], caught) -> None:
    new, samples = rebuilt(customers=change(small_bundle.customer_rows))
    report = judge(new, small_bundle.engine, samples, SETTINGS, "build")
    assert report.verdict == "refused"
    assert caught in {check.name for check in report.refused}


def test_flipped_labels_leave_the_auc_as_it_was(small_bundle, rebuilt) -> None:
    new, samples = rebuilt(customers=flipped(small_bundle.customer_rows))
    report = judge(new, small_bundle.engine, samples, SETTINGS, "build")
    assert verdicts(report)["customers.auc_drop"] == "accepted"


def test_companies_under_other_texts_are_caught(small_bundle, rebuilt) -> None:
    rows = small_bundle.company_rows
    mixed = [
        row | {"description": other["description"]} for row, other in zip(rows, rows[53:] + rows[:53], strict=True)
    ]
    new, samples = rebuilt(companies=mixed)
    failed = {check.name for check in judge(new, small_bundle.engine, samples, SETTINGS, "build").refused}
    assert {"companies.precision_drop", "companies.neighbor_overlap"} <= failed


def test_the_same_tables_pass_with_nothing_changed(small_bundle, rebuilt) -> None:
    new, samples = rebuilt()
    report = judge(new, small_bundle.engine, samples, SETTINGS, "build")
    measured = {check.name: check.value for check in report.checks}
    assert report.verdict == "accepted"
    assert report.bundle == report.in_service == small_bundle.engine.manifest.build_id
    for name in ("customers.rank_correlation", "customers.neighbor_overlap", "companies.neighbor_overlap"):
        assert measured[name] == 1.0
    for name in ("customers.rows_drop", "customers.auc_drop", "companies.precision_drop", "customers.rejected_rise"):
        assert measured[name] == 0.0


def test_without_a_bundle_in_service_only_the_new_one_is_judged(small_bundle, rebuilt) -> None:
    new, samples = rebuilt()
    report = judge(new, None, samples, SETTINGS, "build")
    assert (report.verdict, report.in_service) == ("accepted", None)
    judged = {name for name, verdict in verdicts(report).items() if verdict != "skipped"}
    assert judged == {"customers.auc", "customers.recall", "companies.general.recall", "companies.sector.recall"}


def test_absolute_limits_hold_for_the_first_bundle_too(small_bundle, rebuilt) -> None:
    new, samples = rebuilt(customers=with_mixed_features(small_bundle.customer_rows))
    strict = GateSettings(min_auc=0.9)
    assert [check.name for check in judge(new, None, samples, strict, "build").refused] == ["customers.auc"]


def test_the_sample_is_compared_with_the_sample_alone(small_bundle, rebuilt) -> None:
    sample, samples = rebuilt(source="sample")
    assert judge(small_bundle.engine, sample, samples, SETTINGS, "build").in_service is None
    assert judge(sample, sample, samples, SETTINGS, "build").in_service == sample.manifest.build_id


def test_only_the_named_snapshot_is_accepted_by_hand(small_bundle, rebuilt) -> None:
    new, samples = rebuilt(customers=small_bundle.customer_rows[::2])
    accept = GateSettings(accept=snapshot_id(new.manifest))
    accepted = judge(new, small_bundle.engine, samples, accept, "build")
    assert (accepted.verdict, accepted.accepted_by_hand) == ("accepted", True)
    assert accepted.refused
    other, samples = rebuilt(customers=small_bundle.customer_rows[1::2])
    refused = judge(other, small_bundle.engine, samples, accept, "build")
    assert (refused.verdict, refused.accepted_by_hand) == ("refused", False)


def test_the_report_names_no_row(small_bundle, rebuilt) -> None:
    new, samples = rebuilt(customers=of_one_kind(small_bundle.customer_rows))
    text = judge(new, small_bundle.engine, samples, SETTINGS, "build").model_dump_json()
    for row in small_bundle.customer_rows:
        assert f'"{row["customer_id"]}"' not in text
        assert row["email"] not in text


def verdicts(report: GateReport) -> dict[str, str]:
    return {check.name: check.verdict for check in report.checks}
