"""`AWS::Cognito`: user pools, kept by ministack."""

from dataclasses import dataclass

from .resource import Operations, Properties, Recorded, Request, ResourceType

SERVICE = "cognito_idp"
MFA_APPS = {"SoftwareTokenMfaConfiguration": {"Enabled": True}}


@dataclass(frozen=True)
class UserPool:
    """A user pool with its second factors, which the service takes by an operation of their own."""

    type_name: str = "AWS::Cognito::UserPool"
    identifier: str = "UserPoolId"
    create_only: tuple[str, ...] = ("AliasAttributes", "UsernameAttributes", "UsernameConfiguration")

    def create(self, request: Request) -> Properties:
        """The template's `UserPoolName` is the API's `PoolName`."""
        parameters = {**request.properties, "PoolName": request.name("UserPoolName", limit=128)}
        pool = request.client(SERVICE).create_user_pool(**parameters)["UserPool"]
        self._set_factors(request, pool["Id"])
        return self._attributes(request, pool["Id"])

    def update(self, request: Request) -> Properties:
        """Settings that the template no longer has go back to their defaults, as with the API."""
        pool_id = request.previous["UserPoolId"]
        request.client(SERVICE).update_user_pool(**request.properties, UserPoolId=pool_id)
        self._set_factors(request, pool_id)
        return self._attributes(request, pool_id)

    def delete(self, request: Request) -> None:
        """With everybody in it, unless it is protected."""
        request.client(SERVICE).delete_user_pool(UserPoolId=request.previous["UserPoolId"])

    @staticmethod
    def _set_factors(request: Request, pool_id: str) -> None:
        if "SOFTWARE_TOKEN_MFA" in (request.properties.get("EnabledMfas") or []):
            mode = request.properties.get("MfaConfiguration", "OPTIONAL")
            request.client(SERVICE).set_user_pool_mfa_config(UserPoolId=pool_id, MfaConfiguration=mode, **MFA_APPS)

    @staticmethod
    def _attributes(request: Request, pool_id: str) -> Properties:
        provider = f"cognito-idp.{request.region}.amazonaws.com/{pool_id}"
        return {
            "UserPoolId": pool_id,
            "Arn": request.arn("cognito-idp", f"userpool/{pool_id}"),
            "ProviderName": provider,
            "ProviderURL": f"https://{provider}",
        }


TYPES: tuple[ResourceType, ...] = (
    UserPool(),
    Operations(
        "AWS::Cognito::UserPoolClient",
        "ClientId",
        SERVICE,
        "user_pool_client",
        ("UserPoolId", "ClientId"),
        create_only=("UserPoolId", "GenerateSecret"),
        attributes=("ClientSecret", "Name"),
        result="UserPoolClient",
        defaults=lambda request: {"ClientName": request.name("ClientName", limit=128)},
    ),
    Operations(
        "AWS::Cognito::UserPoolGroup",
        "GroupName",
        SERVICE,
        "group",
        ("UserPoolId", "GroupName"),
        create_only=("UserPoolId", "GroupName"),
        defaults=lambda request: {"GroupName": request.name("GroupName", limit=128)},
    ),
    Operations(
        "AWS::Cognito::UserPoolResourceServer",
        "Identifier",
        SERVICE,
        "resource_server",
        ("UserPoolId", "Identifier"),
        create_only=("UserPoolId", "Identifier"),
    ),
    Operations(
        "AWS::Cognito::UserPoolDomain",
        "Domain",
        SERVICE,
        "user_pool_domain",
        ("UserPoolId", "Domain"),
        create_only=("UserPoolId", "Domain"),
    ),
    Recorded("AWS::Cognito::UserPoolRiskConfigurationAttachment", "ClientId"),
    Recorded("AWS::Cognito::UserPoolUICustomizationAttachment", "ClientId"),
    Recorded("AWS::Cognito::LogDeliveryConfiguration", "UserPoolId"),
)
