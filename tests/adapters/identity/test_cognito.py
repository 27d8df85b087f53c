from uuid import uuid4

import pytest

from rideflow.identity.errors import (
    CodeMismatchError,
    EmailTakenError,
    PasswordChangeRequiredError,
    PasswordPolicyError,
    RefreshTokenInvalidError,
    UserNotConfirmedError,
    WrongCredentialsError,
)
from rideflow.identity.model import Role
from rideflow.identity.tokens import KeySet, TokenVerifier, fetched
from rideflow.kernel.errors import DomainError
from tests.adapters.identity.conftest import Directory

PASSWORD = "correct-Horse-7-battery"


@pytest.fixture
def email() -> str:
    return f"ada-{uuid4().hex[:12]}@example.com"


def signed_up(directory: Directory, email: str, role: Role = Role.RIDER) -> None:
    directory.accounts.sign_up(email, PASSWORD, role, "Ada")
    directory.accounts.confirm(email, directory.code_for(email))


def test_a_person_signs_up_confirms_and_signs_in(directory: Directory, email: str) -> None:
    person_id = directory.accounts.sign_up(email, PASSWORD, Role.DRIVER, "Grace")

    person = directory.accounts.confirm(email, directory.code_for(email))
    tokens = directory.accounts.sign_in(email, PASSWORD)

    assert (person.id, person.email, person.role, person.name) == (person_id, email, Role.DRIVER, "Grace")
    assert tokens.access_token.count(".") == 2
    assert tokens.refresh_token
    assert tokens.expires_in_s > 0


def test_a_person_may_keep_their_name_to_themselves(directory: Directory, email: str) -> None:
    directory.accounts.sign_up(email, PASSWORD, Role.RIDER, None)

    assert directory.accounts.confirm(email, directory.code_for(email)).name is None


def test_the_role_is_the_only_group(directory: Directory, email: str) -> None:
    signed_up(directory, email, Role.RIDER)

    groups = directory.client.admin_list_groups_for_user(UserPoolId=directory.pool_id, Username=email)["Groups"]

    assert [group["GroupName"] for group in groups] == ["rider"]


def test_an_email_has_one_account(directory: Directory, email: str) -> None:
    directory.accounts.sign_up(email, PASSWORD, Role.RIDER, None)

    with pytest.raises(EmailTakenError):
        directory.accounts.sign_up(email, "another-Horse-8-battery", Role.DRIVER, None)

    directory.accounts.confirm(email, directory.code_for(email))
    with pytest.raises(EmailTakenError):
        directory.accounts.sign_up(email, PASSWORD, Role.RIDER, None)


@pytest.mark.parametrize("password", ["short", "no-digits-in-Here!", "no-upper-case-7!", "x"])
def test_a_weak_password_is_refused_by_the_field_and_opens_no_account(
    directory: Directory, email: str, password: str
) -> None:
    with pytest.raises(PasswordPolicyError) as refusal:
        directory.accounts.sign_up(email, password, Role.RIDER, None)

    assert refusal.value.field == "password"
    assert password not in refusal.value.detail
    directory.accounts.sign_up(email, PASSWORD, Role.RIDER, None)


def test_an_account_that_is_not_confirmed_does_not_sign_in(directory: Directory, email: str) -> None:
    directory.accounts.sign_up(email, PASSWORD, Role.RIDER, None)

    with pytest.raises(UserNotConfirmedError):
        directory.accounts.sign_in(email, PASSWORD)


def test_a_wrong_password_and_an_unknown_person_look_alike(directory: Directory, email: str) -> None:
    signed_up(directory, email)
    refusals: list[DomainError] = []

    for address, password in [(email, "wrong-Horse-7-battery"), ("nobody@example.com", PASSWORD)]:
        with pytest.raises(WrongCredentialsError) as refusal:
            directory.accounts.sign_in(address, password)
        refusals.append(refusal.value)

    known, unknown = refusals
    assert (known.code, known.detail, known.extra) == (unknown.code, unknown.detail, unknown.extra)


def test_confirming_again_succeeds(directory: Directory, email: str) -> None:
    directory.accounts.sign_up(email, PASSWORD, Role.RIDER, None)
    code = directory.code_for(email)

    assert directory.accounts.confirm(email, code) == directory.accounts.confirm(email, code)


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

    signed_up(directory, email, Role.DRIVER)

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
    strict_directory.accounts.sign_up(email, PASSWORD, Role.RIDER, None)
    right = strict_directory.code_for(email)
    wrong = str((int(right) + 1) % 1_000_000).zfill(6)

    with pytest.raises(CodeMismatchError) as refusal:
        strict_directory.accounts.confirm(email, wrong)

    assert refusal.value.field == "code"
    assert strict_directory.user(email)["UserStatus"] == "UNCONFIRMED"


def test_a_wrong_code_and_an_unknown_person_look_alike(strict_directory: Directory, email: str) -> None:
    strict_directory.accounts.sign_up(email, PASSWORD, Role.RIDER, None)
    refusals: list[DomainError] = []

    for address in (email, "nobody@example.com"):
        with pytest.raises(CodeMismatchError) as refusal:
            strict_directory.accounts.confirm(address, "000000")
        refusals.append(refusal.value)

    known, unknown = refusals
    assert (known.code, known.detail, known.field) == (unknown.code, unknown.detail, unknown.field)


def test_the_authorizer_takes_the_tokens_that_signing_in_gives(strict_directory: Directory, email: str) -> None:
    person_id = strict_directory.accounts.sign_up(email, PASSWORD, Role.RIDER, None)
    strict_directory.accounts.confirm(email, strict_directory.code_for(email))
    keys = KeySet(lambda: fetched(strict_directory.jwks_url))
    verifier = TokenVerifier(keys, issuer=strict_directory.issuer, client_id=strict_directory.client_id)

    claims = verifier.verify(strict_directory.accounts.sign_in(email, PASSWORD).access_token)

    assert (claims.person_id, claims.groups) == (person_id, ("rider",))


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
def test_what_is_no_refresh_token_does_not_refresh(strict_directory: Directory, token: str) -> None:
    with pytest.raises(RefreshTokenInvalidError):
        strict_directory.accounts.refresh(token)
