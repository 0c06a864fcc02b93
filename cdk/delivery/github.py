"""A role for GitHub Actions, without a stored key."""

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from constructs import Construct

from cdk.access import written_role
from cdk.delivery.bootstrap import assume_bootstrap_roles
from cdk.settings import Delivery

_ISSUER = "token.actions.githubusercontent.com"
# A first deployment waits for a build for up to an hour.
_SESSION = Duration.hours(2)


def github_role(scope: Construct, name: str, delivery: Delivery, environment: str) -> iam.IRole:
    """The role that jobs of one GitHub environment, on one branch of one repository, can take on.

    Conditions: https://docs.github.com/en/actions/reference/security/oidc, and for `ref`
    https://aws.amazon.com/about-aws/whats-new/2026/01/aws-sts-supports-validation-identity-provider-claims/.
    """
    claims = {
        "aud": "sts.amazonaws.com",
        "sub": f"repo:{delivery.repository}:environment:{environment}",
        "ref": f"refs/heads/{delivery.branch}",
    }
    principal = iam.OpenIdConnectPrincipal(
        _provider(scope, delivery.oidc_provider_arn),
        {"StringEquals": {f"{_ISSUER}:{claim}": value for claim, value in claims.items()}},
    )
    return written_role(
        scope, "GitHub", principal, [assume_bootstrap_roles()], role_name=name, max_session_duration=_SESSION
    )


def _provider(scope: Construct, arn: str | None) -> iam.IOidcProvider:
    """An account has one at most; IAM verifies GitHub by a certificate authority, so no thumbprint is given."""
    if arn is not None:
        return iam.OidcProviderNative.from_oidc_provider_arn(scope, "Provider", arn)
    return iam.OidcProviderNative(scope, "Provider", url=f"https://{_ISSUER}", client_ids=["sts.amazonaws.com"])
