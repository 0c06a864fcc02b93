"""`make deploy`: everything that the settings select, in one command, into a new account or over what is there."""

import json
import sys
from collections.abc import Iterator, Mapping

import boto3

from cdk.app import ROOT, chosen_settings
from cdk.commands.account import Account, remove_stack, stacks_of
from cdk.commands.command_line import run_cdk
from cdk.commands.synth import synthesise
from cdk.names import Names
from cdk.settings import Settings

OUTPUTS = ROOT / "cdk.out" / "outputs.json"


def main(environment: str) -> None:
    """Synthesise, prepare the account, remove what is switched off, deploy, and say how to call the API."""
    settings = chosen_settings(environment)
    selected = synthesise(settings)
    account = Account.of_caller()
    print(f"deploying {settings.prefix} to account {account.number}, {account.region}")
    deployer = account.deployer()
    if deployer:
        _remove_switched_off(deployer, settings, selected)
    else:
        _bootstrap(account)
    run_cdk("deploy", "--all", "--require-approval", "never", "--outputs-file", str(OUTPUTS))
    print("\n".join(summary(settings, account.region, json.loads(OUTPUTS.read_text("utf-8")))))


def _bootstrap(account: Account) -> None:
    print(
        "This account and region are not prepared for the CDK yet, or you may not take on its roles. Running "
        "`cdk bootstrap` once, which makes a bucket and roles for deployments and needs an administrator."
    )
    run_cdk("bootstrap", f"aws://{account.number}/{account.region}")


def _remove_switched_off(session: boto3.Session, settings: Settings, selected: list[str]) -> None:
    """Stacks of this deployment that the settings no longer select, but never the data."""
    client = session.client("cloudformation")
    for stack in list(stacks_of(client, settings.prefix)):
        name = stack["StackName"]
        if name not in selected and not name.endswith("-data"):
            print(f"{name} is switched off by the settings")
            remove_stack(client, name)


def summary(settings: Settings, region: str, outputs: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    """What the deployment printed, and a call of the API that works."""
    for stack, values in outputs.items():
        yield from (f"{stack}.{name} = {value}" for name, value in values.items() if not name.startswith("Export"))
    stack = Names(settings.prefix).api_stack
    if stack not in outputs:
        return
    yield "Call it, or add --curl for a curl command:"
    given = _credentials(settings, outputs[stack])
    yield f"  {given}.venv/bin/leadgen call GET /health --stack {stack} --region {region}"
    if settings.api.private_vpc_endpoint_ids:
        yield "  from inside the network of its VPC endpoint: nothing else reaches it."


def _credentials(settings: Settings, outputs: Mapping[str, str]) -> str:
    """What goes before the command: nothing where it signs with the caller's own credentials."""
    if settings.api.authorization == "jwt":
        return "LEADGEN_API_TOKEN=TOKEN "
    if settings.api.authorization == "api_key":
        read = f"aws apigateway get-api-key --include-value --query value --output text --api-key {outputs['ApiKeyId']}"
        return f'LEADGEN_API_KEY="$({read})" '
    return ""


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "dev")
