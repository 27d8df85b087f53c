"""Services that functions call from outside the VPC, since they have no IPv6 address: Cognito and Stripe."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_secretsmanager as secretsmanager

from infra.capabilities.base import read_secret, variables
from infra.constructs.placement import Reach
from rideflow.kernel import settings


@dataclass(frozen=True)
class Identity:
    """The user pool: settings to verify tokens with, and the actions that the operation asks of Cognito."""

    pool: cognito.IUserPool
    client_id: str
    issuer: str
    jwks_url: str
    actions: Sequence[str] = ()

    reaches = (Reach.IPV4,)

    def allowing(self, *actions: str) -> Identity:
        """The same pool with permission for these actions (`cognito-idp:` is put before each)."""
        return Identity(self.pool, self.client_id, self.issuer, self.jwks_url, actions)

    def environment(self) -> dict[str, str]:
        return variables(
            settings.IdentitySettings,
            user_pool_id=self.pool.user_pool_id,
            client_id=self.client_id,
            issuer=self.issuer,
            jwks_url=self.jwks_url,
        )

    def grant(self, function: lambda_.IFunction) -> None:
        if self.actions:
            self.pool.grant(function, *(f"cognito-idp:{action}" for action in self.actions))


@dataclass(frozen=True)
class Stripe:
    """Stripe's secrets, and calling Stripe, from outside the VPC."""

    secret: secretsmanager.ISecret
    api_base: str
    calls: bool = True

    @property
    def reaches(self) -> Collection[Reach]:
        return (Reach.IPV6, Reach.IPV4) if self.calls else (Reach.IPV6,)

    def verifying(self) -> Stripe:
        """The same for functions that verify what Stripe signed, and call it never."""
        return replace(self, calls=False)

    def environment(self) -> dict[str, str]:
        return variables(settings.StripeSettings, secret_arn=self.secret.secret_arn, api_base=self.api_base)

    def grant(self, function: lambda_.IFunction) -> None:
        read_secret(function, self.secret)
