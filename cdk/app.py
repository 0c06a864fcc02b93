"""The CDK application: which stacks a deployment has, and in which order."""

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aws_cdk import App, Stack, Tags, Validations
from aws_cdk import aws_kms as kms
from cdk_nag import AwsSolutionsChecks

from cdk.settings import Settings, SettingsError, read_settings
from cdk.stacks.api import ApiStack
from cdk.stacks.app_runner import AppRunnerStack
from cdk.stacks.data import DataStack
from cdk.stacks.delivery import DeliveryStack
from cdk.stacks.fargate import FargateStack
from cdk.stacks.monitoring import MonitoringStack
from cdk.stacks.rebuild import RebuildStack
from cdk.stacks.topics import TopicsStack

ROOT = Path(__file__).resolve().parents[1]
FLAGS = {
    "aws:cdk:enable-path-metadata": True,
    "@aws-cdk/aws-s3:serverAccessLogsUseBucketPolicy": True,
    "@aws-cdk/aws-s3:createDefaultLoggingPolicy": True,
    "@aws-cdk/aws-ec2:restrictDefaultSecurityGroup": False,
    "@aws-cdk/core:checkSecretUsage": True,
    "@aws-cdk/core:explicitStackTags": True,
    "@aws-cdk/core:target-partitions": ["aws", "aws-cn", "aws-us-gov"],
    "@aws-cdk/aws-apigateway:disableCloudWatchRole": True,
}
"""Behaviours that the library gives to new applications only.

https://docs.aws.amazon.com/cdk/v2/guide/featureflags.html
"""


def build_app(settings: Settings, outdir: str | Path | None = None) -> App:
    """The application with the stacks that the settings select; `synth()` raises for a finding of cdk-nag."""
    app = App(outdir=None if outdir is None else str(outdir), analytics_reporting=False, context=FLAGS)
    _add_stacks(app, settings)
    for name, value in settings.tags.items():
        # A parameter is written anew, with its first value, when anything about it changes.
        Tags.of(app).add(name, value, exclude_resource_types=["AWS::SSM::Parameter"])
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    return app


def _add_stacks(app: App, settings: Settings) -> None:
    """Each capability adds its stacks here; what is off adds none."""
    data = DataStack(app, settings)
    watched: list[Stack] = [data]
    if settings.has_api:
        rebuild = RebuildStack(app, settings, data.key)
        rebuild.add_stack_dependency(data)
        watched.append(_add_api(app, settings, data.key, rebuild))
        if settings.capabilities.topics:
            topics = TopicsStack(app, settings, data.key)
            # What its schedule cannot do goes to the rebuilds' queue.
            topics.add_stack_dependency(rebuild)
            watched.append(topics)
    if settings.monitoring.enabled:
        monitoring = MonitoringStack(app, settings)
        for stack in watched:
            monitoring.add_stack_dependency(stack)
    if settings.delivery.kind != "none":
        DeliveryStack(app, settings, data.key).add_stack_dependency(data)


def _add_api(app: App, settings: Settings, key: kms.IKey | None, rebuild: RebuildStack) -> ApiStack:
    """The API after the first image of it, and its homes outside Lambda."""
    api = ApiStack(app, settings, key)
    api.add_stack_dependency(rebuild)
    homes = settings.homes
    for home, stack in ((homes.fargate, FargateStack), (homes.app_runner, AppRunnerStack)):
        if home.enabled:
            served = stack(app, settings, key)
            served.add_stack_dependency(rebuild)
            # A home follows the API's stack by itself, which must not happen while it is deployed.
            api.add_stack_dependency(served)
    return api


def read_context() -> dict[str, Any]:
    """The context: that of `cdk.json`, and over it what the CDK's command line hands on."""
    written: Mapping[str, Any] = json.loads((ROOT / "cdk.json").read_text("utf-8"))["context"]
    return {**written, **json.loads(os.environ.get("CDK_CONTEXT_JSON", "{}"))}


def main() -> None:
    """Synthesise the environment that the context's `environment` names, `dev` by default."""
    build_app(chosen_settings()).synth()


def chosen_settings(environment: str | None = None) -> Settings:
    """The settings of `environment`, or of the context's. Ends the program with one line where they cannot be used."""
    context = read_context()
    try:
        return read_settings(context, environment or context.get("environment", "dev"))
    except SettingsError as error:
        print(f"cdk: {error}", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
