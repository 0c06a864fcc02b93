"""Roles written by hand: each statement with its reason, which the template keeps and `POLICIES.md` shows."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from aws_cdk import Acknowledgment, Aws, CfnResource, Stack, Validations
from aws_cdk import aws_iam as iam
from constructs import Construct

REASONS = "leadgen:reasons"
"""Key of a role's metadata: the reason of each statement by its sid."""


@dataclass(frozen=True, slots=True)
class Statement:
    """What a role may do, and why. `sid` is unique in the role and made of letters and digits."""

    sid: str
    reason: str
    actions: tuple[str, ...]
    resources: tuple[str, ...] | list[str]
    conditions: Mapping[str, Any] | None = None

    def policy(self) -> iam.PolicyStatement:
        """The statement for IAM. Raises ValueError for no reason, or a `*` among the actions."""
        if len(self.reason.split()) < 3:
            raise ValueError(f"statement {self.sid} has no reason")
        if any("*" in action for action in self.actions):
            raise ValueError(f"statement {self.sid} names its actions by a wildcard; list them")
        return iam.PolicyStatement(
            sid=self.sid, actions=list(self.actions), resources=list(self.resources), conditions=self.conditions
        )


def service_role(
    scope: Construct,
    name: str,
    service: str,
    statements: Iterable[Statement],
    *,
    only_from_account: bool = False,
) -> iam.IRole:
    """A role of a service, such as `lambda.amazonaws.com`, to which no construct can add a permission.

    `only_from_account` lets the service take it on for this account alone, where the service says for whom it acts:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
    """
    conditions = {"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}} if only_from_account else {}
    return written_role(scope, name, iam.ServicePrincipal(service, conditions=conditions), statements)


def written_role(
    scope: Construct,
    name: str,
    principal: iam.IPrincipal,
    statements: Iterable[Statement],
    **options: Any,
) -> iam.IRole:
    """A role that `principal` may take on, and to which no construct can add a permission."""
    statements = list(statements)
    role = iam.Role(
        scope,
        name,
        assumed_by=principal,
        inline_policies={"access": iam.PolicyDocument(statements=[s.policy() for s in statements])},
        **options,
    )
    resource = cast(CfnResource, role.node.default_child)
    resource.add_metadata(REASONS, {s.sid: s.reason for s in statements})
    acknowledge_wildcards(role, statements)
    return role.without_policy_updates()


def acknowledge_wildcards(role: Construct, statements: Iterable[Statement]) -> None:
    """Give each resource with a wildcard its statement's reason, as cdk-nag asks for one by one."""
    stack = Stack.of(role)
    reasons = {
        flat: statement.reason
        for statement in statements
        for resource in statement.resources
        if "*" in (flat := _flat(stack.resolve(resource)))
    }
    for resource, reason in reasons.items():
        acknowledge(role, f"AwsSolutions-IAM5[Resource::{resource}]", reason)


def acknowledge(construct: Construct, rule: str, reason: str) -> None:
    """Accept a finding of cdk-nag for a construct, with the reason."""
    Validations.of(construct).acknowledge(Acknowledgment(id=rule, reason=reason))


def write_logs(log_group_arn: str) -> Statement:
    """What every function may do: write its own log."""
    return Statement(
        "WriteLog",
        "Its own log group, which the stack made; it cannot make others.",
        ("logs:CreateLogStream", "logs:PutLogEvents"),
        [log_group_arn],
    )


def _flat(value: Any) -> str:
    """A resolved token as cdk-nag writes it: `<LogicalId.Arn>`, `<AWS::Region>`."""
    if isinstance(value, str):
        return value
    (function, argument), *_ = value.items()
    if function == "Fn::Join":
        return str(argument[0]).join(_flat(part) for part in argument[1])
    if function == "Fn::GetAtt":
        return f"<{'.'.join(argument)}>"
    return f"<{argument}>"
