"""CloudFormation where moto is simpler than it: an update takes time and may fail, and reads its parameters again.

CloudFormation's own rules: https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_UpdateStack.html and
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-supplied-parameter-types.html
"""

import json
from typing import Any

import boto3
import pytest
from moto.cloudformation.exceptions import ValidationError
from moto.cloudformation.models import Stack, cloudformation_backends
from moto.cloudformation.responses import CloudFormationResponse
from moto.core.responses import EmptyResult
from moto.core.utils import utcnow

NAME = "leadgen-dev-api"
PARAMETERS = {"Digest": "/leadgen-dev/in-service/digest", "Bundle": "/leadgen-dev/in-service/bundle"}
TEMPLATE = {
    "Parameters": {key: {"Type": "AWS::SSM::Parameter::Value<String>"} for key in PARAMETERS},
    "Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Ref": "Bundle"}}}},
}
_update = Stack.update


def patch(patching: pytest.MonkeyPatch) -> None:
    patching.setattr(Stack, "update", _begin)
    patching.setattr(Stack, "parameter_list", property(_parameters))
    patching.setattr(CloudFormationResponse, "_validate_different_update", _refuse_without_change)
    patching.setattr(CloudFormationResponse, "_validate_status", _refuse_while_busy)
    patching.setattr(CloudFormationResponse, "cancel_update_stack", _cancel, raising=False)


class ApiStack:
    """The API's stack, and what becomes of its updates."""

    def create(self) -> None:
        parameters = [{"ParameterKey": key, "ParameterValue": value} for key, value in PARAMETERS.items()]
        client = boto3.client("cloudformation")
        client.create_stack(StackName=NAME, TemplateBody=json.dumps(TEMPLATE), Parameters=parameters)

    def delete(self) -> None:
        boto3.client("cloudformation").delete_stack(StackName=NAME)

    def begin_update(self) -> None:
        """As somebody who deploys does."""
        parameters = [{"ParameterKey": key, "UsePreviousValue": True} for key in PARAMETERS]
        boto3.client("cloudformation").update_stack(StackName=NAME, UsePreviousTemplate=True, Parameters=parameters)

    @property
    def status(self) -> str:
        return self._stack.status

    @status.setter
    def status(self, status: str) -> None:
        self._stack.status = status

    @property
    def digest(self) -> str:
        """What the stack was last given."""
        return self._stack.resource_map.resolved_parameters["Digest"]

    def complete(self) -> None:
        self.status = "UPDATE_COMPLETE"

    def roll_back(self, reason: str, status: str = "UPDATE_ROLLBACK_COMPLETE") -> None:
        self._stack._add_stack_event("UPDATE_FAILED", resource_status_reason=reason)
        self._stack.resource_map.resolved_parameters = self._stack.resolved_before
        self.status = status

    @property
    def _stack(self) -> Any:
        return cloudformation_backends["123456789012"]["eu-west-1"].get_stack(NAME)


def refuse_updates(patching: pytest.MonkeyPatch, reason: str) -> None:
    """Every update is answered with this ValidationError."""

    def refuse(_: Any, stack: Any) -> None:
        raise ValidationError(stack.stack_id, message=reason)

    patching.setattr(CloudFormationResponse, "_validate_status", refuse)


def _begin(stack: Any, *arguments: Any, **named: Any) -> None:
    stack.resolved_before = dict(stack.resource_map.resolved_parameters)
    _update(stack, *arguments, **named)
    stack.status = "UPDATE_IN_PROGRESS"
    stack.last_updated_time = utcnow()


def _parameters(stack: Any) -> list[dict[str, str]]:
    resolved = stack.resource_map.resolved_parameters
    return [
        {"ParameterKey": key, "ParameterValue": value, "ResolvedValue": resolved[key]}
        for key, value in stack.parameters.items()
    ]


def _refuse_without_change(response: Any, _parameters: Any, _template: Any, stack: Any) -> None:
    client = boto3.client("ssm")
    latest = {key: client.get_parameter(Name=name)["Parameter"]["Value"] for key, name in stack.parameters.items()}
    if latest == stack.resource_map.resolved_parameters and not stack.status.endswith("_IN_PROGRESS"):
        raise ValidationError(stack.name, message="No updates are to be performed.")


def _refuse_while_busy(response: Any, stack: Any) -> None:
    if stack.status.endswith(("_IN_PROGRESS", "_FAILED")) or stack.status == "ROLLBACK_COMPLETE":
        message = f"Stack:{stack.stack_id} is in {stack.status} state and can not be updated."
        raise ValidationError(stack.stack_id, message=message)


def _cancel(response: Any) -> EmptyResult:
    stack = response.cloudformation_backend.get_stack(response._get_param("StackName"))
    assert stack.status == "UPDATE_IN_PROGRESS"
    stack.status = "UPDATE_ROLLBACK_IN_PROGRESS"
    return EmptyResult()
