"""Where the API is, and who it lets in."""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from leadgen.errors import ConfigurationError

if TYPE_CHECKING:
    from types_boto3_cloudformation import CloudFormationClient

Auth = Literal["iam", "none"]
URL_OUTPUT, AUTH_OUTPUT = "ApiUrl", "Authorization"
# https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-call-api.html
_GATEWAY = re.compile(r"https://[a-z0-9-]+\.execute-api\.([a-z0-9-]+)\.amazonaws\.com(\.cn)?(/|$)")


@dataclass(frozen=True, slots=True)
class Target:
    """The API's address without a slash at its end, whether requests are signed, and the region to sign for."""

    url: str
    auth: Auth
    region: str | None


def find_target(url: str | None, stack: str, region: str | None) -> Target:
    """The address that was given, or else the outputs of the Api stack.

    Raises ConfigurationError where there is neither, or where AWS cannot be asked.
    """
    if url:
        gateway = _GATEWAY.match(url)
        return Target(url.rstrip("/"), "iam" if gateway else "none", region or (gateway[1] if gateway else None))
    outputs, region = _outputs(stack, region)
    if URL_OUTPUT not in outputs:
        raise ConfigurationError(f"stack {stack} has no output {URL_OUTPUT!r}: name the stack of the API by --stack")
    auth: Auth = "iam" if outputs.get(AUTH_OUTPUT, "iam") == "iam" else "none"
    return Target(outputs[URL_OUTPUT].rstrip("/"), auth, region)


def _outputs(stack: str, region: str | None) -> tuple[dict[str, str], str]:
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, NoRegionError

    try:
        client: CloudFormationClient = boto3.client("cloudformation", region_name=region)
        described = client.describe_stacks(StackName=stack)["Stacks"]
    except NoRegionError as error:
        raise ConfigurationError("no region: give --region or set AWS_REGION") from error
    except NoCredentialsError as error:
        raise ConfigurationError(NO_CREDENTIALS) from error
    except ClientError as error:
        raise ConfigurationError(f"{_reason(error)}: deploy it, name it by --stack, or give --url") from error
    except BotoCoreError as error:
        raise ConfigurationError(f"stack {stack} cannot be read: {error}") from error
    outputs = {output["OutputKey"]: output["OutputValue"] for output in described[0].get("Outputs", [])}
    return outputs, client.meta.region_name


def _reason(error: Exception) -> str:
    response = getattr(error, "response", {})
    return str(response.get("Error", {}).get("Message", error))


NO_CREDENTIALS = "no AWS credentials: set AWS_PROFILE, or run `aws sso login` or `aws configure`"
