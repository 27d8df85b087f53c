"""A moto user pool, with the functions' environment set for it."""

import io
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import boto3
import pytest

from functions.identity import confirm, login, logout, refresh, register
from rideflow.identity.cognito import CognitoAccounts
from rideflow.kernel.observability import logger
from tests.functions.cloud import Cloud
from tests.functions.lambda_events import Answer, answer, rest_event

EMAIL = "ada@example.com"
PASSWORD = "correct-Horse-7-battery"


@dataclass
class SignInPage:
    """The calls of an app before sign-in."""

    def post(self, app: Any, path: str, body: object) -> Answer:
        return answer(app, rest_event("POST", f"/v1/auth/{path}", body))

    def register(self, **changes: object) -> Answer:
        body = {"email": EMAIL, "password": PASSWORD, "role": "rider", **changes}
        return self.post(register.app, "register", body)

    def confirm(self, email: str = EMAIL, code: str = "123456") -> Answer:
        return self.post(confirm.app, "confirm", {"email": email, "code": code})

    def login(self, email: str = EMAIL, password: str = PASSWORD) -> Answer:
        return self.post(login.app, "login", {"email": email, "password": password})

    def refresh(self, refresh_token: str) -> Answer:
        return self.post(refresh.app, "refresh", {"refresh_token": refresh_token})

    def logout(self, refresh_token: str) -> Answer:
        return self.post(logout.app, "logout", {"refresh_token": refresh_token})


@pytest.fixture
def page(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> SignInPage:
    client = boto3.client("cognito-idp")
    pool_id = client.create_user_pool(PoolName="rideflow", UsernameAttributes=["email"])["UserPool"]["Id"]
    client_id = client.create_user_pool_client(
        UserPoolId=pool_id, ClientName="backend", ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"]
    )["UserPoolClient"]["ClientId"]
    for role in ("rider", "driver", "operator", "admin"):
        client.create_group(UserPoolId=pool_id, GroupName=role)
    monkeypatch.setenv("IDENTITY_USER_POOL_ID", pool_id)
    monkeypatch.setenv("IDENTITY_CLIENT_ID", client_id)
    monkeypatch.setattr(CognitoAccounts, "_resend", lambda _accounts, _email: None)  # moto sends no code again
    return SignInPage()


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Everything that is logged during the test."""
    written = io.StringIO()
    [handler] = logger.handlers
    assert isinstance(handler, logging.StreamHandler)
    before = handler.setStream(written)
    yield written
    handler.setStream(before)


@pytest.fixture
def users(page: SignInPage, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The pool's users, as an administrator lists them."""
    import os

    def listed() -> list[str]:
        found = boto3.client("cognito-idp").list_users(UserPoolId=os.environ["IDENTITY_USER_POOL_ID"])["Users"]
        return [
            attribute["Value"] for user in found for attribute in user["Attributes"] if attribute["Name"] == "email"
        ]

    return listed
