"""Limits of an address for signing in, confirming and registering, with the shipped values."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from functions.identity import confirm, login, register
from rideflow.kernel import limiting
from rideflow.kernel.clock import utc_now
from tests.functions.cloud import forget_wiring
from tests.functions.identity.conftest import EMAIL, PASSWORD, SignInPage
from tests.functions.lambda_events import LambdaContext, rest_event

APPS = {"login": login.app, "confirm": confirm.app, "register": register.app}
BODIES = {
    "login": {"email": EMAIL, "password": PASSWORD},
    "confirm": {"email": EMAIL, "code": "123456"},
    "register": {"email": EMAIL, "password": PASSWORD, "role": "rider"},
}


class Watch:
    """The clock of limits. It stands, so that no bucket refills while a slow machine empties it."""

    def __init__(self) -> None:
        self.now = utc_now().replace(microsecond=0)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def watch(page: SignInPage, monkeypatch: pytest.MonkeyPatch) -> Watch:
    """Ada has an account, which she registered from an address that no test uses."""
    page.register()
    page.confirm()
    watch = Watch()
    monkeypatch.setattr(limiting, "utc_now", watch)
    return watch


def ask(path: str, address: str) -> dict[str, Any]:
    event = rest_event("POST", f"/v1/auth/{path}", BODIES[path])
    event["requestContext"]["identity"]["sourceIp"] = address
    answered: dict[str, Any] = APPS[path](event, LambdaContext())
    return answered


@pytest.mark.parametrize(
    ("path", "status", "burst", "period_s", "wait_s"),
    [("login", 200, 30, 60, 2), ("confirm", 200, 30, 60, 2), ("register", 201, 30, 600, 20)],
)
def test_an_address_may_ask_thirty_times_and_is_then_told_when_it_may_ask_again(
    watch: Watch, path: str, status: int, burst: int, period_s: int, wait_s: int
) -> None:
    passed = [ask(path, "198.51.100.1") for _ in range(burst)]
    refused = ask(path, "198.51.100.1")

    assert {answered["statusCode"] for answered in passed} == {status}
    problem, headers = json.loads(refused["body"]), refused["multiValueHeaders"]
    assert (refused["statusCode"], problem["code"], problem["retry_after_s"]) == (429, "rate_limited", wait_s)
    assert headers["Retry-After"] == [str(wait_s)]
    operation = f'"POST /v1/auth/{path}"'
    assert headers["RateLimit-Policy"] == [f"{operation};q={burst};w={period_s}"]
    assert headers["RateLimit"] == [f"{operation};r=0;t={wait_s}"]
    assert ask(path, "198.51.100.2")["statusCode"] == status

    watch.now += timedelta(seconds=wait_s)
    forget_wiring()  # another execution environment, which does not remember the refusal

    assert [ask(path, "198.51.100.1")["statusCode"] for _ in range(2)] == [status, 429]
