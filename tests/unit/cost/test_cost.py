"""The bill: its arithmetic, what goes away with what, and that every option is in it."""

import json
from dataclasses import fields, replace

import pytest

from build_artifacts.cli import main
from build_artifacts.cost import Deployment, Line, Use, lines, prices

DEV, MILLION = Deployment(), Use(requests=1e6)
# A value that differs from the default, and the settings under which the option matters.
OTHER = {
    "home": ("fargate", {}), "api": ("rest", {}), "memory_gb": (3.0, {}), "provisioned": (2, {}),
    "tasks": (3, {"home": "fargate"}), "task_vcpu": (2.0, {"home": "fargate"}), "internal": (True, {"home": "fargate"}),
    "endpoints": (2, {}), "waf_rules": (3, {}), "database": (True, {}), "database_hours": (100.0, {"database": True}),
    "database_gb": (40.0, {"database": True}), "database_zones": (2, {"database": True}), "bundle_source": ("efs", {}),
    "instance": ("g5.xlarge", {"database": True}), "purchase": ("on_demand", {"database": True}),
    "disk_gb": (500.0, {"database": True}), "build_size": ("large", {}),
    "images_kept": (6, {}), "bundles_kept": (6, {}), "inputs_kept": (6, {}),
    "alarms": (20, {}), "dashboards": (0, {}), "metrics": (99, {}), "tracing": (False, {}), "log_months": (2.0, {}),
    "secrets": (2, {}), "keys": (2, {}), "recovery": (False, {}), "pipeline": (True, {}),
}  # fmt: skip


def total(deployment: Deployment, use: Use = MILLION) -> float:
    return sum(line.usd for line in lines(deployment, use))


def usd(bill: list[Line], component: str, item: str) -> float:
    (line,) = [line for line in bill if (line.component, line.item) == (component, item)]
    return line.usd


def test_known_bills_come_out() -> None:
    bill = lines(replace(DEV, database=True, endpoints=1, provisioned=1), MILLION)
    assert usd(bill, "RDS", "db.t4g.micro") + usd(bill, "RDS", "storage") == pytest.approx(13.98)
    assert usd(bill, "VPC", "interface endpoints") == pytest.approx(7.30)
    assert usd(bill, "Lambda", "provisioned copies") == pytest.approx(17.52, abs=0.01)
    assert usd(bill, "Lambda", "requests") == pytest.approx(0.20)
    assert usd(bill, "API Gateway", "HTTP API") == pytest.approx(1.00)
    assert usd(bill, "CloudWatch", "alarms") == pytest.approx((DEV.alarms + 8) * 0.10)


def test_what_is_shown_is_what_is_charged() -> None:
    for line in lines(replace(DEV, database=True, provisioned=1), MILLION):
        quantity, price = line.arithmetic.replace(",", "").replace(line.price.unit, "").split("×")
        amount, _, per = price.partition("/")
        shown = float(quantity) * float(amount) / float(per or 1)
        assert shown == pytest.approx(line.usd, rel=1e-3, abs=1e-3), line


def test_dev_with_nightly_rebuilds_and_no_caller_costs_less_than_20() -> None:
    assert total(DEV, Use(requests=0)) < 20


def test_without_requests_only_what_rests_and_what_is_rebuilt_is_paid() -> None:
    assert {line.cause for line in lines(DEV, Use(requests=0))} == {"at rest", "rebuilds"}
    assert {line.cause for line in lines(DEV, Use(requests=0, rebuilds=0, deployments=0))} == {"at rest"}


@pytest.mark.parametrize("name", [field.name for field in fields(Deployment)])
def test_every_setting_changes_the_bill(name: str) -> None:
    value, needed = OTHER[name]
    deployment = replace(DEV, **needed)
    assert getattr(deployment, name) != value
    assert total(replace(deployment, **{name: value})) != total(deployment)


@pytest.mark.parametrize("field", fields(Use), ids=lambda field: field.name)
def test_every_figure_of_the_use_changes_the_bill(field) -> None:
    deployment = replace(DEV, database=True)
    changed = replace(MILLION, **{field.name: 2 * getattr(MILLION, field.name)})
    assert total(deployment, changed) != total(deployment)


def test_another_home_pays_neither_lambda_nor_api_gateway() -> None:
    for home in ("fargate", "app_runner"):
        components = {line.component for line in lines(replace(DEV, home=home), MILLION)}
        assert not components & {"Lambda", "API Gateway"}


def test_an_internal_balancer_has_no_public_address() -> None:
    fargate = replace(DEV, home="fargate")
    saved = total(fargate) - total(replace(fargate, internal=True))
    assert saved == pytest.approx(2 * prices.HOURS * prices.PUBLIC_IPV4.usd)


def test_a_quarterly_run_costs_what_its_time_does_and_goes_away_with_it() -> None:
    topics = replace(DEV, database=True)
    hours = Use(requests=0, runs=1, run_minutes=60, firm_usd=0.001, run_firms=3000)
    run = {line.item: line.usd for line in lines(topics, hours) if line.cause == "runs"}
    assert run["g4dn.2xlarge, spot"] == pytest.approx(0.30)
    assert run["its disk"] == pytest.approx(100 * 0.08 / prices.HOURS)
    assert run["language model"] == pytest.approx(3)
    assert "runs" not in {line.cause for line in lines(topics, Use(requests=0, runs=0))}


def test_the_first_request_of_a_second_is_traced_and_a_twentieth_of_the_others() -> None:
    bill = lines(DEV, Use(requests=2 * prices.SECONDS))
    assert usd(bill, "X-Ray", "traces") == pytest.approx(1.05 * prices.SECONDS * 5 / 1e6)


def test_a_rebuild_embeds_only_what_changed() -> None:
    unchanged, all_new = replace(MILLION, changed_share=0.0), replace(MILLION, changed_share=1.0)
    rows = MILLION.customers + MILLION.companies
    added = usd(lines(DEV, all_new), "CodeBuild", "rebuilds") - usd(lines(DEV, unchanged), "CodeBuild", "rebuilds")
    assert added == pytest.approx(30 * rows / MILLION.embedded_per_second / 60 * prices.CODEBUILD_ARM["medium"].usd)


def test_the_free_tier_is_told_but_not_taken_off() -> None:
    bill = lines(DEV, Use(requests=100_000))
    (line,) = [line for line in bill if (line.component, line.item) == ("Lambda", "requests")]
    assert line.usd == pytest.approx(0.02)
    assert line.free_usd == pytest.approx(0.02)


def test_the_command_compares_three_volumes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cost"]) == 0
    shown = capsys.readouterr().out
    assert prices.SEEN in shown
    (head,) = [line for line in shown.splitlines() if line.startswith("requests a month")]
    assert head.split()[3:] == ["10,000", "1,000,000", "100,000,000"]


def test_the_command_shows_the_arithmetic_of_one_volume(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cost", "--requests", "2000000", "--home", "fargate", "--no-tracing"]) == 0
    shown = capsys.readouterr().out
    assert "1,460 hours" not in shown
    assert "730 hours × 0.0225" in shown
    assert "X-Ray" not in shown


def test_json_adds_up(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cost", "--requests", "1e6", "--provisioned", "1", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert sum(line["usd"] for line in report["lines"]) == pytest.approx(report["total_usd"], abs=1e-3)
    assert sum(report["usd"].values()) == pytest.approx(report["total_usd"], abs=1e-3)
    assert all(line["page"].startswith("https://aws.amazon.com/") for line in report["lines"])


@pytest.mark.parametrize("flags", [["--requests", "-1"], ["--embedded-per-second", "0"]])
def test_quantities_that_cannot_be_are_refused(flags: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cost", *flags]) == 2
    assert flags[0] in capsys.readouterr().err
