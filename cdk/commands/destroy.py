"""`make destroy`: removes a deployment, and says what stays."""

import sys

import boto3

from cdk.app import chosen_settings
from cdk.commands.account import Account, empty_bucket, remove_stack, stacks_of
from cdk.settings import Settings


def main(environment: str) -> None:
    """Remove every stack of the deployment; the data only where the settings do not keep it."""
    settings = chosen_settings(environment)
    account = Account.of_caller()
    session = account.deployer() or boto3.Session()
    client = session.client("cloudformation")
    names = [stack["StackName"] for stack in stacks_of(client, settings.prefix)]
    data = f"{settings.prefix}-data"
    if not names:
        sys.exit(f"cdk: account {account.number}, {account.region} holds nothing of {settings.prefix}")
    _confirm(settings, account, names)
    for name in names:
        if name != data:
            remove_stack(client, name)
    if settings.retain_data:
        print(f"{data} stays, and with it bucket, images, tables and secret: retain_data is true in cdk.json.")
        print("To remove the data as well, set it to false, run `make deploy`, then this again.")
    elif data in names:
        for bucket in buckets(settings, account):
            empty_bucket(bucket)
        remove_stack(client, data)
    print(
        "What `cdk bootstrap` made stays: other applications may use it. So do logs that AWS services named themselves."
    )


def buckets(settings: Settings, account: Account) -> list[str]:
    """The buckets that CloudFormation can only delete when they are empty; the one for access logs last."""
    return [f"{settings.prefix}{part}-{account.number}-{account.region}" for part in ("", "-logs")]


def _confirm(settings: Settings, account: Account, names: list[str]) -> None:
    print(f"Going from account {account.number}, {account.region}: {', '.join(names)}")
    if not settings.retain_data:
        print("Its data goes, too: inputs, bundles, images, tables. There is no way back.")
    if sys.stdin.isatty() and input(f"Type {settings.prefix} to go on: ").strip() != settings.prefix:
        sys.exit("cdk: nothing was removed")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "dev")
