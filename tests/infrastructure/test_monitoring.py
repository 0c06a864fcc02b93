"""What raises an alarm, whom it tells, what the dashboard shows, and that only what exists is watched."""

import json
import re

import pytest

from functions.api.middleware import metrics

WATCHING = ("monitoring", "fargate", "app-runner")


def alarms(deployment) -> dict:
    """Alarms by name, without those that only tell CodeDeploy to go back."""
    found = deployment.of("AWS::CloudWatch::Alarm")
    return {alarm["AlarmName"]: alarm for part, _, alarm in found if part in WATCHING}


def measured(alarm) -> list[dict]:
    """The metrics of an alarm, whether it has one or reckons with several."""
    if "MetricName" in alarm:
        return [alarm]
    return [entry["MetricStat"]["Metric"] for entry in alarm["Metrics"] if "MetricStat" in entry]


def dimensions(metric) -> dict:
    return {dimension["Name"]: dimension["Value"] for dimension in metric["Dimensions"]}


def body(deployment) -> str:
    parts = deployment.one("AWS::CloudWatch::Dashboard")["DashboardBody"]["Fn::Join"][1]
    return "".join(part if isinstance(part, str) else "x" for part in parts)


@pytest.mark.parametrize(
    ("alarm", "namespace", "name", "where"),
    [
        ("api-latency", "AWS/Lambda", "Duration", {"FunctionName": "leadgen-dev-api"}),
        ("api-throttles", "AWS/Lambda", "Throttles", {"FunctionName": "leadgen-dev-api"}),
        ("duplicates-throttles", "AWS/DynamoDB", "WriteThrottleEvents", {"TableName": "leadgen-dev-duplicates"}),
        ("build-failed", "AWS/CodeBuild", "FailedBuilds", {"ProjectName": "leadgen-dev-rebuild"}),
        ("bundle-age", "Leadgen", "BundleAge", {"Service": "leadgen-dev"}),
        ("dead-letters", "AWS/SQS", "ApproximateNumberOfMessagesVisible", {"QueueName": "leadgen-dev-dead-letters"}),
    ],
)
def test_an_alarm_watches_what_it_is_named_after(deployment_of, alarm, namespace, name, where) -> None:
    (metric,) = measured(alarms(deployment_of("default"))[f"leadgen-dev-{alarm}"])
    assert (metric["Namespace"], metric["MetricName"], dimensions(metric)) == (namespace, name, where)


def test_the_names_that_alarms_watch_are_those_of_resources(deployment_of) -> None:
    deployment = deployment_of("default")
    known = {
        "FunctionName": {f["FunctionName"] for _, _, f in deployment.of("AWS::Lambda::Function")},
        "TableName": {t["TableName"] for _, _, t in deployment.of("AWS::DynamoDB::Table")},
        "ProjectName": {p["Name"] for _, _, p in deployment.of("AWS::CodeBuild::Project")},
        "QueueName": {q["QueueName"] for _, _, q in deployment.of("AWS::SQS::Queue")},
    }
    for name, alarm in alarms(deployment).items():
        for metric in measured(alarm):
            for dimension, value in dimensions(metric).items():
                assert dimension not in known or not isinstance(value, str) or value in known[dimension], name


def test_the_metrics_of_the_application_are_those_it_writes(deployment) -> None:
    wanted = {
        m["MetricName"] for alarm in alarms(deployment).values() for m in measured(alarm) if m["Namespace"] == "Leadgen"
    }
    if "monitoring" in deployment.stacks:
        wanted |= set(re.findall(r'\["Leadgen","(\w+)"', body(deployment)))
    assert wanted <= set(metrics._UNITS)


def test_errors_are_a_share_of_the_requests_crashes_and_answers_5xx(deployment_of) -> None:
    alarm = alarms(deployment_of("default"))["leadgen-dev-api-errors"]
    assert {m["MetricName"] for m in measured(alarm)} == {"Errors", "Errors5xx", "Invocations"}
    (formula,) = [entry["Expression"] for entry in alarm["Metrics"] if "Expression" in entry]
    assert formula == "IF(requests >= 20, 100 * (FILL(crashed, 0) + FILL(answered, 0)) / requests, 0)"
    assert alarm["Threshold"] == deployment_of("default").settings.monitoring.error_percent


def test_every_small_function_is_watched(deployment) -> None:
    if "monitoring" not in deployment.stacks:
        return
    watched = {
        dimensions(m).get("FunctionName") for alarm in alarms(deployment).values() for m in measured(alarm)
        if m["MetricName"] == "Errors"
    }  # fmt: skip
    named = {f["FunctionName"] for _, _, f in deployment.of("AWS::Lambda::Function")}
    assert watched >= named


def test_every_alarm_says_what_to_do_and_tells_the_topic_when_it_comes_and_goes(deployment) -> None:
    topic = f":{deployment.settings.prefix}-notices"
    for name, alarm in alarms(deployment).items():
        assert len(alarm["AlarmDescription"].split(". ")) >= 2, name
        for told in (*alarm["AlarmActions"], *alarm["OKActions"]):
            assert told["Fn::Join"][1][-1] == topic


def test_what_the_deployment_lacks_is_not_watched(deployment) -> None:
    settings = deployment.settings
    names = {name.removeprefix(settings.prefix + "-") for name in alarms(deployment)}
    present = {
        "database-": settings.capabilities.topics,
        "topics-": settings.capabilities.topics,
        "themes-": settings.capabilities.topics,
        "descriptions-": settings.capabilities.descriptions,
        "api-": settings.capabilities.scoring,
        "build-": settings.has_api,
        "fargate-": settings.homes.fargate.enabled,
        "app-runner-": settings.homes.app_runner.enabled,
    }
    for prefix, exists in present.items():
        found = any(name.startswith(prefix) for name in names)
        own_stack = prefix in ("fargate-", "app-runner-")
        assert found == (exists and (own_stack or settings.monitoring.enabled)), prefix


def test_the_dashboard_shows_traffic_latency_by_route_and_the_state_of_rebuilds(deployment_of) -> None:
    shown = body(deployment_of("default"))
    for wanted in (
        "Invocations",
        "Throttles",
        "ColdStarts",
        "MemoryUsed",
        "BundleAge",
        "FailedBuilds",
        "WriteThrottleEvents",
    ):
        assert wanted in shown
    assert "{Leadgen,Route,Service}" in shown
    assert "AWS/RDS" not in shown
    assert "AWS/ECS" not in shown
    assert "AWS/RDS" in body(deployment_of("topics"))
    assert "AWS/ECS" in body(deployment_of("fargate"))
    assert json.loads(shown)["widgets"]


def test_the_budget_counts_this_deployment_and_tells_those_who_are_named(deployment_of) -> None:
    budget = deployment_of("delivery by codepipeline").one("AWS::Budgets::Budget")
    assert budget["Budget"]["CostFilters"] == {"TagKeyValue": ["user:leadgen:deployment$leadgen-dev"]}
    assert budget["Budget"]["BudgetLimit"] == {"Amount": 20, "Unit": "USD"}
    told = {
        (n["Notification"]["NotificationType"], n["Notification"]["Threshold"], s["Address"])
        for n in budget["NotificationsWithSubscribers"] for s in n["Subscribers"]
    }  # fmt: skip
    assert told == {("ACTUAL", 80, "sales@example.com"), ("FORECASTED", 100, "sales@example.com")}


def test_monitoring_that_is_off_creates_nothing(deployment_of) -> None:
    deployment = deployment_of("all at once, by hand")
    assert "monitoring" not in deployment.stacks
    assert not deployment.kinds() & {"AWS::CloudWatch::Dashboard", "AWS::Budgets::Budget"}


def test_no_two_alarms_have_one_name(deployment) -> None:
    names = [alarm["AlarmName"] for _, _, alarm in deployment.of("AWS::CloudWatch::Alarm")]
    assert len(names) == len(set(names))


def test_the_dashboard_shows_what_the_cache_of_embeddings_saved(deployment_of):
    deployment = deployment_of("default")
    filters = [f for _, _, f in deployment.of("AWS::Logs::MetricFilter") if "embeddings" in f["FilterPattern"]]
    assert {f["LogGroupName"] for f in filters} == {"/aws/codebuild/leadgen-dev-rebuild"}
    shown = json.dumps(deployment.one("AWS::CloudWatch::Dashboard")["DashboardBody"]).replace("\\", "")
    for counted in (f["MetricTransformations"][0] for f in filters):
        assert counted["MetricValue"] == f"$.{counted['MetricName']}"
        assert f'["{counted["MetricNamespace"]}","{counted["MetricName"]}"' in shown
