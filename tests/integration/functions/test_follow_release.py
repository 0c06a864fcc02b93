"""A home outside Lambda follows the image in service."""

import boto3
import pytest
from botocore.exceptions import ClientError

from functions.follow_release.handler import handler


def put_in_service(digest: str) -> None:
    boto3.client("ssm").put_parameter(Name="/leadgen-dev/in-service/digest", Value=digest, Overwrite=True)


def test_the_stack_takes_the_image_in_service_with_the_template_it_has(stack) -> None:
    stack.create()
    put_in_service("sha256:new")
    assert handler({}, None) == {"updated": True}
    assert stack.status == "UPDATE_IN_PROGRESS"
    assert stack.digest == "sha256:new"


def test_an_event_without_another_image_changes_nothing(stack) -> None:
    stack.create()
    assert handler({}, None) == {"updated": False}
    assert stack.status == "CREATE_COMPLETE"


def test_during_another_update_it_fails_so_that_lambda_tries_again(stack) -> None:
    stack.create()
    put_in_service("sha256:new")
    handler({}, None)
    put_in_service("sha256:newer")
    with pytest.raises(ClientError, match="IN_PROGRESS"):
        handler({}, None)


@pytest.mark.usefixtures("account")
def test_a_stack_that_is_not_there_is_an_error() -> None:
    with pytest.raises(ClientError, match="does not exist"):
        handler({}, None)
