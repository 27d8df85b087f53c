"""The parts that every capability is built from."""

from __future__ import annotations

from dataclasses import dataclass

from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_secretsmanager as secretsmanager

from infra.constructs.nag import accept
from rideflow.kernel.settings import Settings


def variables(of: type[Settings], **values: str) -> dict[str, str]:
    """Environment variables for exactly the fields of a settings class."""
    given = {f"{of.prefix}_{name}".upper(): value for name, value in values.items()}
    if set(given) != set(of.variables()):
        raise ValueError(f"{of.__name__} has {sorted(of.variables())}, given are {sorted(given)}")
    return given


def read_secret(function: lambda_.IFunction, secret: secretsmanager.ISecret) -> None:
    """Grant reading the secret and using its key.

    Without `grant_read`: that would write the function's role into the key's policy, in the stores' stack.
    """
    read = iam.PolicyStatement(actions=["secretsmanager:GetSecretValue"], resources=[secret.secret_arn])
    function.add_to_role_policy(read)
    if key := secret.encryption_key:
        key.grant_decrypt(function)


@dataclass(frozen=True)
class WildcardArn:
    """An ARN with a wildcard, and how cdk-nag spells it: a value from another stack by the name of its export."""

    arn: str
    finding: str

    def allow(self, function: lambda_.IFunction, action: str, *, because: str) -> None:
        """Grant one action on it. The function's role carries the reason for the wildcard."""
        function.add_to_role_policy(iam.PolicyStatement(actions=[action], resources=[self.arn]))
        if function.role is None:
            raise ValueError("the function has no role of its own")
        accept(function.role, "AwsSolutions-IAM5", because, f"Resource::{self.finding}")
