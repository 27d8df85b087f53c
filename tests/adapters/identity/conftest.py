"""User directories for tests of `CognitoAccounts`: moto, which is always there, and ministack, which checks more."""

import json
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import boto3
import pytest
from moto import mock_aws

from local import paths
from local.emulators import Emulator, start_cognito
from local.processes import free_ports
from rideflow.identity import cognito
from rideflow.identity.cognito import CognitoAccounts
from rideflow.kernel.clock import utc_now

REGION = "us-east-1"
POLICY = {
    "MinimumLength": 10,
    "RequireLowercase": True,
    "RequireUppercase": True,
    "RequireNumbers": True,
    "RequireSymbols": True,
}


@dataclass
class Directory:
    """A user pool as infrastructure makes it, with the mail of its users."""

    name: str
    client: Any
    pool_id: str
    client_id: str
    jwks_url: str
    code_for: Callable[[str], str]

    later: timedelta = timedelta(0)
    """The offset of our clock from the directory's."""

    @property
    def accounts(self) -> CognitoAccounts:
        return CognitoAccounts(self.pool_id, self.client_id, lambda: utc_now() + self.later)

    @property
    def issuer(self) -> str:
        return f"https://cognito-idp.{REGION}.amazonaws.com/{self.pool_id}"

    def user(self, email: str) -> dict[str, Any]:
        found: dict[str, Any] = self.client.admin_get_user(UserPoolId=self.pool_id, Username=email)
        return found


@pytest.fixture(scope="session")
def ministack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    if not paths.MINISTACK_PYTHON.exists():
        pytest.skip("ministack is not installed here: run `make setup`")
    [port] = free_ports(1)
    emulator = start_cognito(paths.StackFolder(tmp_path_factory.mktemp("cognito")), port)
    try:
        yield emulator
    finally:
        emulator.stop()


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    for name, value in {
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }.items():
        monkeypatch.setenv(name, value)
    cognito._client.cache_clear()
    yield monkeypatch
    cognito._client.cache_clear()


@pytest.fixture
def strict_directory(credentials: pytest.MonkeyPatch, ministack: Emulator) -> Directory:
    """A directory that checks codes, tokens and revocations."""
    credentials.setenv("AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", ministack.url)
    client = boto3.client("cognito-idp")
    pool_id, client_id = _created(client)

    def code_for(email: str) -> str:
        return _code_in(_mail(ministack.url, email))

    return Directory(
        "ministack", client, pool_id, client_id, f"{ministack.url}/{pool_id}/.well-known/jwks.json", code_for
    )


@pytest.fixture
def lenient_directory(credentials: pytest.MonkeyPatch) -> Iterator[Directory]:
    """moto's directory: it accepts any code, and has no revocation."""
    with mock_aws():
        client = boto3.client("cognito-idp")
        pool_id, client_id = _created(client)
        yield Directory("moto", client, pool_id, client_id, "", lambda _email: "123456")


@pytest.fixture(params=["lenient_directory", "strict_directory"], ids=["moto", "ministack"])
def directory(request: pytest.FixtureRequest) -> Directory:
    directory: Directory = request.getfixturevalue(request.param)
    return directory


def _created(client: Any) -> tuple[str, str]:
    pool_id: str = client.create_user_pool(
        PoolName="rideflow",
        UsernameAttributes=["email"],
        AutoVerifiedAttributes=["email"],
        UsernameConfiguration={"CaseSensitive": False},
        Policies={"PasswordPolicy": POLICY},
        MfaConfiguration="OFF",
    )["UserPool"]["Id"]
    app_client = client.create_user_pool_client(
        UserPoolId=pool_id,
        ClientName="backend",
        ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        PreventUserExistenceErrors="ENABLED",
        EnableTokenRevocation=True,
    )["UserPoolClient"]
    for role in ("rider", "driver", "operator", "admin"):
        client.create_group(UserPoolId=pool_id, GroupName=role)
    return pool_id, app_client["ClientId"]


def _mail(url: str, email: str) -> str:
    with urllib.request.urlopen(f"{url}/_ministack/ses/messages", timeout=5) as answer:
        mails = [mail for each in json.load(answer)["messages"].values() for mail in each]
    return str([mail["BodyText"] for mail in mails if email in mail["To"]][-1])


def _code_in(text: str) -> str:
    return next(word for word in text.replace(".", " ").split() if word.isdigit() and len(word) == 6)
