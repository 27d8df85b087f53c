"""The user pool: accounts and their roles."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_cognito as cognito
from constructs import Construct

from infra import addresses, capabilities
from infra.constructs.keeping import stores_policy
from infra.constructs.nag import accept
from infra.constructs.naming import resource_name
from infra.stages import Stage
from rideflow.identity import passwords
from rideflow.identity.model import shipped_roles
from rideflow.kernel.sessions import TOKEN_LIFETIME


class Users(Construct):
    """Roles are groups, which only our own functions and the AWS console change. No attribute of a person is a role."""

    def __init__(self, scope: Construct, construct_id: str, *, stage: Stage) -> None:
        super().__init__(scope, construct_id)
        self._stage = stage
        self.pool = self._pool()
        self.client = self._client()
        for name, role in shipped_roles().by_name.items():
            cognito.CfnUserPoolGroup(
                self,
                f"Role-{name}",
                user_pool_id=self.pool.user_pool_id,
                group_name=name,
                description=role.description,
            )

    @property
    def capability(self) -> capabilities.Identity:
        reached = addresses.user_pool(self._stage, self.pool.user_pool_id, self.pool.user_pool_provider_url)
        return capabilities.Identity(
            pool=self.pool,
            client_id=self.client.user_pool_client_id,
            issuer=reached.issuer,
            jwks_url=reached.jwks,
        )

    def _pool(self) -> cognito.UserPool:
        pool = cognito.UserPool(
            self,
            "Pool",
            user_pool_name=resource_name(self._stage.name),
            self_sign_up_enabled=True,
            # Fixed when the pool is made: people who sign in by phone one day need no new pool.
            sign_in_aliases=cognito.SignInAliases(email=True, phone=True),
            enable_sms_role=False,
            auto_verify=cognito.AutoVerifiedAttrs(email=True),
            email=self._sender(),
            sign_in_case_sensitive=False,
            standard_attributes=cognito.StandardAttributes(
                email=cognito.StandardAttribute(required=True, mutable=True)
            ),
            password_policy=cognito.PasswordPolicy(
                min_length=passwords.MIN_LENGTH,
                require_lowercase=True,
                require_uppercase=True,
                require_digits=True,
                require_symbols=True,
            ),
            mfa=cognito.Mfa.OPTIONAL,
            mfa_second_factor=cognito.MfaSecondFactor(otp=True, sms=False),
            account_recovery=cognito.AccountRecovery.EMAIL_ONLY,
            deletion_protection=self._stage.keep_data,
            removal_policy=stores_policy(self._stage),
        )
        accept(pool, "AwsSolutions-COG2", "A rider may sign in without a second factor; the app offers one.")
        accept(pool, "AwsSolutions-COG8", "Threat protection is a paid plan; Cognito's lockout holds without it.")
        return pool

    def _sender(self) -> cognito.UserPoolEmail | None:
        """SES with the stage's address. Cognito's own sender, which needs no set-up, stops at 50 mails a day."""
        sender = self._stage.email_from
        if sender is None:
            if self._stage.endpoint_url is None:
                cdk.Annotations.of(self).add_warning_v2(
                    "rideflow:sender", "Sign-up stops at 50 mails a day: set email_from in cdk.json (docs/running.md)."
                )
            return None
        domain = sender.rpartition("@")[2]
        return cognito.UserPoolEmail.with_ses(
            from_email=sender, from_name="RideFlow", ses_verified_domain=domain, ses_region=cdk.Aws.REGION
        )

    def _client(self) -> cognito.UserPoolClient:
        """The client of our own functions; apps are not told of it."""
        own_attributes = cognito.ClientAttributes().with_standard_attributes(email=True, fullname=True)
        return self.pool.add_client(
            "Backend",
            user_pool_client_name=resource_name(self._stage.name, "backend"),
            auth_flows=cognito.AuthFlow(user_password=True),
            disable_o_auth=True,
            prevent_user_existence_errors=True,
            enable_token_revocation=True,
            access_token_validity=cdk.Duration.seconds(int(TOKEN_LIFETIME.total_seconds())),
            id_token_validity=cdk.Duration.hours(1),
            refresh_token_validity=cdk.Duration.days(30),
            read_attributes=own_attributes,
            write_attributes=own_attributes,
        )
