"""What the data's stack tells others about network and database, by Systems Manager.

Stacks share no exports; CloudFormation reads these parameters at each deployment of the stack that asks.
"""

from collections.abc import Sequence

from aws_cdk import CfnParameter, Fn
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from cdk.names import Names
from cdk.storing.database import Database

PUBLIC_SUBNETS, PRIVATE_SUBNETS = "network/public-subnets", "network/private-subnets"
CLIENTS, HOST, RESOURCE, MASTER = "database/clients", "database/host", "database/resource", "database/master-secret"
_LISTS = (PUBLIC_SUBNETS, PRIVATE_SUBNETS)
SERVING = (PRIVATE_SUBNETS, CLIENTS, HOST, RESOURCE)
"""What the stack of the API reads, and therefore whoever updates it."""


def tell(scope: Construct, names: Names, vpc: ec2.IVpc, database: Database) -> None:
    """Write the parameters, in the data's stack."""
    instance = database.instance
    values = {
        PUBLIC_SUBNETS: (_ids(vpc.public_subnets), "Subnets with a way out, for the quarterly run."),
        PRIVATE_SUBNETS: (_ids(vpc.isolated_subnets), "Subnets without one, for the function that answers."),
        CLIENTS: (database.clients.security_group_id, "Security group whose members reach the database."),
        HOST: (instance.attr_endpoint_address, "Address of the database."),
        RESOURCE: (instance.attr_dbi_resource_id, "What policies of IAM call the database."),
        MASTER: (instance.attr_master_user_secret_secret_arn, "Secret of the database's owner."),
    }
    for name, (value, meaning) in values.items():
        ssm.CfnParameter(
            scope,
            _logical(name),
            name=names.parameter(name),
            type="StringList" if name in _LISTS else "String",
            value=value,
            description=meaning,
        )


def _ids(subnets: Sequence[ec2.ISubnet]) -> str:
    return Fn.join(",", [subnet.subnet_id for subnet in subnets])


def told(scope: Construct, names: Names, name: str) -> str:
    """One value, in another stack."""
    return _parameter(scope, names, name, "String").value_as_string


def told_list(scope: Construct, names: Names, name: str) -> list[str]:
    """A list of values, in another stack."""
    return _parameter(scope, names, name, "List<String>").value_as_list


def _parameter(scope: Construct, names: Names, name: str, kind: str) -> CfnParameter:
    return CfnParameter(
        scope, _logical(name), type=f"AWS::SSM::Parameter::Value<{kind}>", default=names.parameter(name)
    )


def _logical(name: str) -> str:
    return "".join(part.title() for part in name.replace("/", "-").split("-"))
