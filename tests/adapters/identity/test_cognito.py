from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError

from rideflow.identity.errors import (
    CodeMismatchError,
    PasswordChangeRequiredError,
    PasswordPolicyError,
    RefreshTokenInvalidError,
    WrongCredentialsError,
)
from rideflow.identity.tokens import KeySet, TokenVerifier, fetched
from rideflow.kernel.errors import DomainError
from tests.adapters.identity.conftest import Directory

PASSWORD = "correct-Horse-7-battery"


@pytest.fixture
def email() -> str:
    return f"ada-{uuid4().hex[:12]}@example.com"


def signed_up(directory: Directory, email: str, role: str = "rider") -> None:
    directory.accounts.sign_up(email, PASSWORD, role, "Ada")
    directory.accounts.confirm(email, directory.code_for(email))


def sub_of(directory: Directory, email: str) -> UUID:
    return UUID(next(each["Value"] for each in directory.user(email)["UserAttributes"] if each["Name"] == "sub"))


def test_a_person_signs_up_confirms_and_signs_in(directory: Directory, email: str) -> None:
    directory.accounts.sign_up(email, PASSWORD, "driver", "Grace")

    person = directory.accounts.confirm(email, directory.code_for(email))
    tokens = directory.accounts.sign_in(email, PASSWORD)

    assert (person.id, person.email, person.role, person.name) == (
        sub_of(directory, email),
        email,
        "driver",
        "Grace",
    )
    assert tokens.access_token.count(".") == 2
    assert tokens.refresh_token
    assert tokens.expires_in_s > 0


def test_a_person_may_keep_their_name_to_themselves(directory: Directory, email: str) -> None:
    directory.accounts.sign_up(email, PASSWORD, "rider", None)

    assert directory.accounts.confirm(email, directory.code_for(email)).name is None


def test_the_role_is_the_only_group(directory: Directory, email: str) -> None:
    signed_up(directory, email, "rider")

    groups = directory.client.admin_list_groups_for_user(UserPoolId=directory.pool_id, Username=email)["Groups"]

    assert [group["GroupName"] for group in groups] == ["rider"]


@pytest.mark.parametrize("confirmed", [False, True])
def test_an_email_has_one_account_and_a_second_registration_does_not_show_it(
    strict_directory: Directory, email: str, confirmed: bool
) -> None:
    accounts = strict_directory.accounts
    accounts.sign_up(email, PASSWORD, "rider", None)
    if confirmed:
        accounts.confirm(email, strict_directory.code_for(email))
    sub = sub_of(strict_directory, email)

    accounts.sign_up(email, "another-Horse-8-battery", "driver", "Mallory")

    if not confirmed:
        accounts.confirm(email, strict_directory.code_for(email))
    person = accounts.confirmed(email)
    assert person is not None
    assert (person.id, person.role, person.name) == (sub, "rider", None)
    assert accounts.sign_in(email, PASSWORD)
    with pytest.raises(WrongCredentialsError):
        accounts.sign_in(email, "another-Horse-8-battery")


def test_registering_again_mails_a_lost_code_anew(strict_directory: Directory, email: str, asked: list[str]) -> None:
    strict_directory.accounts.sign_up(email, PASSWORD, "rider", None)
    asked.clear()

    strict_directory.accounts.sign_up(email, PASSWORD, "rider", None)

    assert asked[-1] == "ResendConfirmationCode"
    assert strict_directory.accounts.confirm(email, strict_directory.code_for(email)).role == "rider"


def test_a_repeated_registration_does_not_show_that_no_code_is_mailed_any_more(
    strict_directory: Directory, email: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cognito limits the codes per account and day; another answer would show that the account exists."""
    strict_directory.accounts.sign_up(email, PASSWORD, "rider", None)
    sub = sub_of(strict_directory, email)
    send, asked = BaseClient._make_api_call, list[str]()

    def refused(client: BaseClient, operation: str, parameters: dict[str, Any]) -> Any:
        asked.append(operation)
        if operation == "ResendConfirmationCode":
            raise ClientError({"Error": {"Code": "LimitExceededException", "Message": "no"}}, operation)
        return send(client, operation, parameters)

    monkeypatch.setattr(BaseClient, "_make_api_call", refused)

    strict_directory.accounts.sign_up(email, PASSWORD, "rider", None)

    assert asked[-1] == "ResendConfirmationCode"
    assert sub_of(strict_directory, email) == sub


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The calls to Cognito, by the product or by the test."""
    calls: list[str] = []
    send = BaseClient._make_api_call

    def noted(client: BaseClient, operation: str, parameters: dict[str, Any]) -> Any:
        calls.append(operation)
        return send(client, operation, parameters)

    monkeypatch.setattr(BaseClient, "_make_api_call", noted)
    return calls


def test_registering_asks_cognito_as_often_for_an_email_with_an_account_as_for_one_without(
    strict_directory: Directory, email: str, asked: list[str]
) -> None:
    asked_for: dict[str, list[str]] = {}
    for state in ("new", "unconfirmed", "confirmed"):
        if state == "confirmed":
            strict_directory.accounts.confirm(email, strict_directory.code_for(email))
        asked.clear()
        strict_directory.accounts.sign_up(email, PASSWORD, "rider", None)
        asked_for[state] = list(asked)

    assert {len(calls) for calls in asked_for.values()} == {4}
    assert {tuple(calls[:3]) for calls in asked_for.values()} == {("SignUp", "AdminGetUser", "AdminListGroupsForUser")}


def test_a_refused_code_asks_cognito_as_often_whether_there_is_an_account_or_not(
    strict_directory: Directory, email: str, asked: list[str]
) -> None:
    counts = []
    for state in ("unknown", "unconfirmed", "confirmed"):
        if state == "unconfirmed":
            strict_directory.accounts.sign_up(email, PASSWORD, "rider", None)
        if state == "confirmed":
            strict_directory.accounts.confirm(email, strict_directory.code_for(email))
        asked.clear()
        with pytest.raises(CodeMismatchError):
            strict_directory.accounts.confirm(email, "000000")
        counts.append(tuple(asked))

    assert len(set(counts)) == 1


def test_a_registration_that_is_under_way_is_not_begun_anew_by_its_repeat(directory: Directory, email: str) -> None:
    """If a person taps twice, the second request finds an account that has no role yet."""
    directory.client.sign_up(
        ClientId=directory.client_id,
        Username=email,
        Password=PASSWORD,
        UserAttributes=[{"Name": "email", "Value": email}],
    )
    sub = sub_of(directory, email)

    with suppress(NotImplementedError):  # moto sends no codes again
        directory.accounts.sign_up(email, PASSWORD, "driver", None)

    assert sub_of(directory, email) == sub


@pytest.mark.parametrize("password", ["short", "no-digits-in-Here!", "no-upper-case-7!", "x"])
def test_cognito_refuses_a_weak_password_too(directory: Directory, email: str, password: str) -> None:
    with pytest.raises(PasswordPolicyError) as refusal:
        directory.accounts.sign_up(email, password, "rider", None)

    assert refusal.value.field == "password"
    assert password not in refusal.value.detail
    directory.accounts.sign_up(email, PASSWORD, "rider", None)


@pytest.mark.parametrize("password", [PASSWORD, "wrong-Horse-7-battery"])
def test_an_account_that_is_not_confirmed_does_not_sign_in_and_looks_like_no_account(
    strict_directory: Directory, email: str, password: str
) -> None:
    strict_directory.accounts.sign_up(email, PASSWORD, "rider", None)
    refusals = []

    for address in (email, "nobody@example.com"):
        with pytest.raises(WrongCredentialsError) as refusal:
            strict_directory.accounts.sign_in(address, password)
        refusals.append((refusal.value.detail, refusal.value.extra))

    assert refusals[0] == refusals[1]


def test_a_wrong_password_and_an_unknown_person_look_alike(directory: Directory, email: str) -> None:
    signed_up(directory, email)
    refusals: list[DomainError] = []

    for address, password in [(email, "wrong-Horse-7-battery"), ("nobody@example.com", PASSWORD)]:
        with pytest.raises(WrongCredentialsError) as refusal:
            directory.accounts.sign_in(address, password)
        refusals.append(refusal.value)

    known, unknown = refusals
    assert (known.code, known.detail, known.extra) == (unknown.code, unknown.detail, unknown.extra)


def test_a_confirmed_account_is_not_confirmed_again_by_any_code(strict_directory: Directory, email: str) -> None:
    strict_directory.accounts.sign_up(email, PASSWORD, "rider", None)
    code = strict_directory.code_for(email)
    person = strict_directory.accounts.confirm(email, code)

    for guess in (code, "000000"):
        with pytest.raises(CodeMismatchError):
            strict_directory.accounts.confirm(email, guess)
    assert strict_directory.accounts.confirmed(email) == person


def test_nobody_confirms_an_account_that_is_not_there(directory: Directory) -> None:
    with pytest.raises(CodeMismatchError):
        directory.accounts.confirm("nobody@example.com", "123456")


def test_a_registration_that_a_crash_left_without_a_role_is_begun_anew(directory: Directory, email: str) -> None:
    directory.client.sign_up(
        ClientId=directory.client_id,
        Username=email,
        Password="first-Horse-7-battery",
        UserAttributes=[{"Name": "email", "Value": email}],
    )
    with pytest.raises(CodeMismatchError):
        directory.accounts.confirm(email, directory.code_for(email))

    directory.later = timedelta(seconds=61)
    signed_up(directory, email, "driver")

    assert directory.accounts.sign_in(email, PASSWORD)
    with pytest.raises(WrongCredentialsError):
        directory.accounts.sign_in(email, "first-Horse-7-battery")


def test_an_operator_with_a_temporary_password_is_told_to_change_it(directory: Directory, email: str) -> None:
    directory.client.admin_create_user(
        UserPoolId=directory.pool_id,
        Username=email,
        MessageAction="SUPPRESS",
        TemporaryPassword=PASSWORD,
        UserAttributes=[{"Name": "email", "Value": email}],
    )

    with pytest.raises(PasswordChangeRequiredError) as refusal:
        directory.accounts.sign_in(email, PASSWORD)

    assert refusal.value.extra == {"next_step": "new_password_required"}


def test_a_wrong_code_confirms_nobody(strict_directory: Directory, email: str) -> None:
    strict_directory.accounts.sign_up(email, PASSWORD, "rider", None)
    right = strict_directory.code_for(email)
    wrong = str((int(right) + 1) % 1_000_000).zfill(6)

    with pytest.raises(CodeMismatchError) as refusal:
        strict_directory.accounts.confirm(email, wrong)

    assert refusal.value.field == "code"
    assert strict_directory.user(email)["UserStatus"] == "UNCONFIRMED"


def test_a_wrong_code_and_an_unknown_person_look_alike(strict_directory: Directory, email: str) -> None:
    strict_directory.accounts.sign_up(email, PASSWORD, "rider", None)
    refusals: list[DomainError] = []

    for address in (email, "nobody@example.com"):
        with pytest.raises(CodeMismatchError) as refusal:
            strict_directory.accounts.confirm(address, "000000")
        refusals.append(refusal.value)

    known, unknown = refusals
    assert (known.code, known.detail, known.field) == (unknown.code, unknown.detail, unknown.field)


def test_the_authorizer_takes_the_tokens_that_signing_in_gives(strict_directory: Directory, email: str) -> None:
    strict_directory.accounts.sign_up(email, PASSWORD, "rider", None)
    strict_directory.accounts.confirm(email, strict_directory.code_for(email))
    keys = KeySet(lambda: fetched(strict_directory.jwks_url))
    verifier = TokenVerifier(keys, issuer=strict_directory.issuer, client_id=strict_directory.client_id)

    claims = verifier.verify(strict_directory.accounts.sign_in(email, PASSWORD).access_token)

    assert (claims.person_id, claims.groups) == (sub_of(strict_directory, email), ("rider",))


def test_a_session_goes_on_with_its_refresh_token_until_it_is_ended(strict_directory: Directory, email: str) -> None:
    signed_up(strict_directory, email)
    accounts = strict_directory.accounts
    refresh_token = accounts.sign_in(email, PASSWORD).refresh_token or ""

    assert accounts.refresh(refresh_token).access_token.count(".") == 2

    accounts.revoke(refresh_token)
    accounts.revoke(refresh_token)
    with pytest.raises(RefreshTokenInvalidError):
        accounts.refresh(refresh_token)


@pytest.mark.parametrize("token", ["nonsense", "a.b.c", "a.b.c.d.e", "é"])
def test_a_text_that_is_no_refresh_token_does_not_refresh(strict_directory: Directory, token: str) -> None:
    with pytest.raises(RefreshTokenInvalidError):
        strict_directory.accounts.refresh(token)
