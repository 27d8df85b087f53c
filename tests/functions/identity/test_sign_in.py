import io
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from functions.identity import login, logout, register
from rideflow.identity.accounts import Person, Tokens
from rideflow.identity.cognito import CognitoAccounts
from rideflow.identity.cognito_errors import WRONG_CODE
from rideflow.identity.errors import CodeMismatchError
from rideflow.identity.sessions import session_of
from rideflow.kernel.sealing import of_registration
from rideflow.kernel.sessions import EndedSessions
from rideflow.kernel.wiring import seals
from tests.functions.cloud import Cloud
from tests.functions.identity.conftest import EMAIL, PASSWORD, SignInPage
from tests.functions.lambda_events import Answer


def test_a_person_registers_confirms_and_signs_in(page: SignInPage, cloud: Cloud) -> None:
    registered = page.register(name="Ada")
    assert (registered.status, registered.body) == (201, {"status": "unconfirmed"})

    confirmed = page.confirm()
    assert (confirmed.status, confirmed.body) == (200, {"status": "confirmed"})

    signed_in = page.login()
    assert signed_in.status == 200
    assert signed_in.body["token_type"] == "Bearer"
    assert signed_in.body["access_token"].count(".") == 2
    assert signed_in.body["refresh_token"]
    assert signed_in.body["expires_in_s"] > 0

    [event] = cloud.published()
    assert (event["source"], event["detail-type"]) == ("rideflow.identity", "UserRegistered")
    told, person_id = event["detail"], UUID(claims(signed_in)["sub"])
    assert told.keys() == {"id", "at", "person_id", "role", "email", "name"}
    assert (told["person_id"], told["role"]) == (str(person_id), "rider")
    assert all(told[what].startswith(f"sealed.1.{person_id}.") for what in ("email", "name"))
    assert seals().open_text(told["email"], of_registration(person_id, "email")) == EMAIL
    assert seals().open_text(told["name"], of_registration(person_id, "name")) == "Ada"


def test_confirming_publishes_without_a_database(
    page: SignInPage, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HOST", "PORT", "NAME", "USER", "AUTH"):
        monkeypatch.delenv(f"DATABASE_{name}")

    page.register()
    page.confirm()

    assert len(cloud.published()) == 1


def test_a_confirmation_stands_when_the_bus_is_gone(page: SignInPage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVENT_BUS_NAME", "there-is-no-such-bus")
    page.register()

    assert page.confirm().status == 200
    assert page.login().status == 200


@pytest.mark.parametrize("confirmed", [False, True])
def test_an_email_that_has_an_account_is_answered_like_one_that_has_none(page: SignInPage, confirmed: bool) -> None:
    first = page.register()
    if confirmed:
        page.confirm()

    again = page.register(email="ADA@example.com", role="driver", password="another-Horse-8-battery")

    assert (again.status, again.body) == (first.status, first.body)
    page.confirm()
    assert claims(page.login())["cognito:groups"] == ["rider"]
    assert page.login(password="another-Horse-8-battery").code == "wrong_credentials"


@pytest.mark.parametrize("known", [False, True])
def test_a_weak_password_is_refused_alike_whether_there_is_an_account_or_not(page: SignInPage, known: bool) -> None:
    if known:
        page.register()

    refused = page.register(password="weak")

    assert (refused.status, refused.code) == (422, "password_policy")
    assert refused.body["detail"] == "The password needs at least 10 characters."


def test_confirming_again_succeeds_by_the_same_code_and_by_no_other(
    page: SignInPage, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    page.register()
    first = page.confirm()
    # moto takes any code, of a confirmed account too; Cognito takes none.
    monkeypatch.setattr(CognitoAccounts, "confirm", cognito_refuses)

    assert page.confirm() == first
    guessed, unknown = page.confirm(code="654321"), page.confirm(email="nobody@example.com", code="654321")

    assert (guessed.status, guessed.code) == (422, "code_mismatch")
    assert guessed == unknown
    assert len({event["detail"]["id"] for event in cloud.published()}) == 1


def cognito_refuses(_accounts: CognitoAccounts, _email: str, _code: str) -> Person:
    raise CodeMismatchError(WRONG_CODE, field="code")


def claims(signed_in: Answer) -> dict[str, Any]:
    import jwt

    told: dict[str, Any] = jwt.decode(signed_in.body["access_token"], options={"verify_signature": False})
    return told


def test_before_confirming_nobody_signs_in_and_nobody_learns_that_they_registered(page: SignInPage) -> None:
    page.register()

    refused, unknown = page.login(), page.login(email="nobody@example.com")

    assert (refused.status, refused.code) == (401, "wrong_credentials")
    assert refused == unknown


def test_a_wrong_password_and_an_unknown_person_get_the_same_answer(page: SignInPage) -> None:
    page.register()
    page.confirm()

    wrong, unknown = page.login(password="wrong-Horse-7-battery"), page.login(email="nobody@example.com")

    assert (wrong.status, wrong.code) == (401, "wrong_credentials")
    assert wrong.body == unknown.body


def test_nobody_confirms_an_unknown_account(page: SignInPage, cloud: Cloud) -> None:
    refused = page.confirm(email="nobody@example.com")

    assert (refused.status, refused.code) == (422, "code_mismatch")
    assert refused.body["errors"][0]["field"] == "code"
    assert cloud.published() == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"email": "ada"}, "email"),
        ({"email": None}, "email"),
        ({"email": ["ada@example.com"]}, "email"),
        ({"password": ""}, "password"),
        ({"password": "x" * 257}, "password"),
        ({"password": 12345678}, "password"),
        ({"role": "operator"}, "role"),
        ({"role": "admin"}, "role"),
        ({"role": ["rider", "admin"]}, "role"),
        ({"name": ""}, "name"),
        ({"groups": ["admin"]}, "groups"),
        ({"email_verified": True}, "email_verified"),
    ],
)
def test_a_registration_that_makes_no_sense_opens_no_account(
    page: SignInPage, users: Callable[[], list[str]], changes: dict[str, Any], field: str
) -> None:
    refused = page.register(**changes)

    assert (refused.status, refused.code) == (422, "invalid_input")
    assert [error["field"] for error in refused.body["errors"]] == [field]
    assert users() == []


def test_a_weak_password_opens_no_account(page: SignInPage, users: Callable[[], list[str]]) -> None:
    refused = page.register(password="weak")

    assert (refused.status, refused.code) == (422, "password_policy")
    assert refused.body["errors"][0]["field"] == "password"
    assert users() == []


@pytest.mark.parametrize("body", ["{", "", "null", "[]", '"x"', "{}", "\x00", "x" * 70_000])
@pytest.mark.parametrize(("app", "path"), [(register.app, "register"), (login.app, "login"), (logout.app, "logout")])
def test_a_body_that_cannot_be_read_is_a_clear_error(
    page: SignInPage, users: Callable[[], list[str]], app: Any, path: str, body: str
) -> None:
    refused = page.post(app, path, body)

    assert refused.status in {400, 413, 422}
    assert refused.body["type"].startswith("urn:rideflow:problem:")
    assert users() == []


def test_the_tokens_carry_the_role(page: SignInPage) -> None:
    page.register(role="driver")
    page.confirm()

    assert claims(page.login())["cognito:groups"] == ["driver"]


def test_passwords_and_tokens_are_in_no_log(page: SignInPage, log: io.StringIO) -> None:
    answers: list[Answer] = [
        page.register(password="weak"),
        page.register(),
        page.register(),
        page.login(),
        page.confirm(),
        page.login(password="wrong-Horse-7-battery"),
        page.login(),
        page.refresh("secret-refresh-token"),  # moto has no such operation: an unexpected error
        page.logout("secret-refresh-token"),
    ]

    logged = log.getvalue()
    assert "unexpected error" in logged
    told = "".join(str(each.body) for each in answers if each.status >= 400)
    for secret in (PASSWORD, "wrong-Horse-7-battery", "secret-refresh-token"):
        assert secret not in logged
        assert secret not in told


def test_signing_out_is_answered_without_a_body_and_ends_the_session(
    page: SignInPage, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    page.register()
    page.confirm()
    tokens = page.login().body
    told = claims(page.login())
    cloud.published()
    revoked: list[str] = []
    # moto has neither operation.
    monkeypatch.setattr(CognitoAccounts, "refresh", lambda *_asked: Tokens(tokens["access_token"], None, 3600))
    monkeypatch.setattr(CognitoAccounts, "revoke", lambda _accounts, refresh_token: revoked.append(refresh_token))

    signed_out = page.logout(tokens["refresh_token"])

    assert (signed_out.status, signed_out.body) == (204, {})
    assert revoked == [tokens["refresh_token"]]
    [event] = cloud.published()
    assert (event["source"], event["detail-type"]) == ("rideflow.identity", "UserLoggedOut")
    assert event["detail"]["person_id"] == told["sub"]
    [ended] = EndedSessions("ended-sessions").of(UUID(told["sub"]))
    assert ended.session == event["detail"]["session"] == session_of(tokens["access_token"])[1]


def test_a_sign_out_that_nobody_can_be_told_of_is_to_be_repeated(
    page: SignInPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    page.register()
    page.confirm()
    tokens = page.login().body
    monkeypatch.setattr(CognitoAccounts, "refresh", lambda *_asked: Tokens(tokens["access_token"], None, 3600))
    monkeypatch.setenv("EVENT_BUS_NAME", "there-is-no-such-bus")

    refused = page.logout(tokens["refresh_token"])

    assert (refused.status, refused.code) == (503, "identity_unavailable")
