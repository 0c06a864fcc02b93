"""Metrics by name: those of AWS, and those that the API writes as embedded metrics (`functions.api.middleware`)."""

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch

from cdk.names import Names

PERIOD = Duration.minutes(5)


def metric(namespace: str, name: str, statistic: str, **dimensions: str) -> cloudwatch.Metric:
    """One metric in periods of five minutes."""
    return cloudwatch.Metric(
        namespace=namespace, metric_name=name, statistic=statistic, dimensions_map=dimensions, period=PERIOD, label=name
    )


def of_function(function: str, name: str, statistic: str = "Sum") -> cloudwatch.Metric:
    """https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html"""
    return metric("AWS/Lambda", name, statistic, FunctionName=function)


def of_service(service: str, name: str, statistic: str) -> cloudwatch.Metric:
    """What the application tells of itself, whatever its home."""
    return metric("Leadgen", name, statistic, Service=service)


def of_builds(project: str, name: str, statistic: str = "Sum") -> cloudwatch.Metric:
    """https://docs.aws.amazon.com/codebuild/latest/userguide/monitoring-metrics.html"""
    return metric("AWS/CodeBuild", name, statistic, ProjectName=project)


def of_embeddings(project: str, name: str) -> cloudwatch.Metric:
    """Texts of builds: `hits` came out of the cache, `new` ones were embedded (`cdk.watching.build_log`)."""
    return metric(project, name, "Sum")


def of_run(names: Names, name: str, statistic: str = "Maximum") -> cloudwatch.Metric:
    """What the quarterly run tells of itself (`cdk.watching.run_log`)."""
    return metric(names.topics_group, name, statistic)


def of_group(group: str, name: str) -> cloudwatch.Metric:
    """https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-metrics.html"""
    return metric("AWS/AutoScaling", name, "Maximum", AutoScalingGroupName=group)


def of_table(table: str, name: str) -> cloudwatch.Metric:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html"""
    return metric("AWS/DynamoDB", name, "Sum", TableName=table)


def of_queue(queue: str, name: str) -> cloudwatch.Metric:
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html"""
    return metric("AWS/SQS", name, "Maximum", QueueName=queue)


def of_database(identifier: str, name: str, statistic: str) -> cloudwatch.Metric:
    """https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-metrics.html"""
    return metric("AWS/RDS", name, statistic, DBInstanceIdentifier=identifier)


def by_route(service: str, statistic: str, label: str) -> cloudwatch.MathExpression:
    """Latency of each route that had requests; the statistic `SampleCount` counts them."""
    found = f"SEARCH('{{Leadgen,Route,Service}} MetricName=\"Latency\" Service=\"{service}\"', '{statistic}', 300)"
    return cloudwatch.MathExpression(
        expression=found, using_metrics={}, label=f"{label} ${{PROP('Dim.Route')}}", period=PERIOD
    )
