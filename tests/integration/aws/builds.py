"""CodeBuild where moto is simpler than it: a build keeps its environment, and ends as it is told to."""

from typing import Any

import boto3
import pytest
from moto.codebuild.models import CodeBuildBackend, codebuild_backends
from moto.codebuild.responses import CodeBuildResponse
from moto.core.responses import ActionResult

PROJECT = "leadgen-dev-rebuild"
_start_build = CodeBuildResponse.start_build


def patch(patching: pytest.MonkeyPatch) -> None:
    patching.setattr(CodeBuildResponse, "start_build", _start)
    patching.setattr(CodeBuildBackend, "batch_get_builds", _as_they_are)


def create_project() -> None:
    boto3.client("codebuild").create_project(
        name=PROJECT,
        source={"type": "S3", "location": "any/source.zip"},
        artifacts={"type": "NO_ARTIFACTS"},
        environment={"type": "ARM_CONTAINER", "image": "any", "computeType": "BUILD_GENERAL1_SMALL"},
        serviceRole="arn:aws:iam::123456789012:role/any",
    )


def builds() -> list[dict[str, Any]]:
    """Those that were started, the latest last."""
    return codebuild_backends["123456789012"]["eu-west-1"].build_metadata_history[PROJECT]


def environment(build: dict[str, Any]) -> dict[str, str]:
    return {entry["name"]: entry["value"] for entry in build["environment"]["environmentVariables"]}


def ended(build: dict[str, Any], status: str) -> dict[str, Any]:
    """Ends a build; CodeBuild's event of it."""
    build["buildStatus"] = status
    return {
        "version": "0",
        "source": "aws.codebuild",
        "detail-type": "CodeBuild Build State Change",
        "account": "123456789012",
        "region": "eu-west-1",
        "resources": [build["arn"]],
        "detail": {"build-status": status, "project-name": PROJECT, "build-id": build["arn"]},
    }


def _start(response: Any) -> ActionResult:
    """Keeps the build's environment, and starts one build for equal tokens."""
    history = response.codebuild_backend.build_metadata_history
    token = response._get_param("idempotencyToken")
    for build in history[response._get_param("projectName")]:
        if token and build.get("token") == token:
            return ActionResult({"build": build})
    started = _start_build(response)
    build = history[response._get_param("projectName")][-1]
    build["environment"]["environmentVariables"] = response._get_param("environmentVariablesOverride") or []
    build["token"] = token
    return started


def _as_they_are(backend: Any, ids: list[str]) -> list[dict[str, Any]]:
    """moto's own all succeed."""
    return [build for builds in backend.build_metadata_history.values() for build in builds if build["id"] in ids]
