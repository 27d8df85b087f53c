"""The user directory in Cognito.

The role is a group, which is given right after the sign-up, since Cognito cannot do both at once. If a crash comes
between, the account has no role and cannot be confirmed; registering again replaces it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from functools import cache
from typing import Any
from uuid import UUID

from rideflow.identity import cognito_errors
from rideflow.identity.accounts import Person, Tokens
from rideflow.identity.cognito_errors import WRONG_CODE, Reading
from rideflow.identity.errors import CodeMismatchError, EmailTakenError
from rideflow.identity.model import shipped_roles
from rideflow.kernel.clock import Clock, utc_now
from rideflow.kernel.errors import DomainError

_LONGEST_REGISTRATION = timedelta(seconds=60)
"""The function that registers times out earlier."""


class CognitoAccounts:
    """Accounts of one user pool. The e-mail is the user name."""

    def __init__(self, user_pool_id: str, client_id: str, clock: Clock = utc_now) -> None:
        self._user_pool_id = user_pool_id
        self._client_id = client_id
        self._clock = clock

    def sign_up(self, email: str, password: str, role: str, name: str | None) -> None:
        """Every path makes as many calls to Cognito: the response time should not tell whether there was an account."""
        attributes = {"email": email} | ({"name": name} if name else {})
        is_new = self._begun(email, password, attributes)
        account, roles = self._account(email), self._roles(email)
        if is_new:
            self._give(email, role)
        elif account is not None and not roles and self._was_left(account):
            with _asking() as cognito:
                cognito.admin_delete_user(**self._user(email))
            self._begun(email, password, attributes)
            self._give(email, role)
        elif account is not None and account["UserStatus"] == "UNCONFIRMED":
            self._resend(email)
        else:
            self._account(email)

    def confirm(self, email: str, code: str) -> Person:
        roles = self._roles(email)
        if roles == []:  # there is an account, and no role yet: it must not be confirmed
            self._account(email)
            raise CodeMismatchError(WRONG_CODE, field="code")
        with _asking(cognito_errors.confirmation) as cognito:
            cognito.confirm_sign_up(ClientId=self._client_id, Username=email, ConfirmationCode=code)
        person = self.confirmed(email)
        if person is None:
            raise CodeMismatchError(WRONG_CODE, field="code")
        return person

    def confirmed(self, email: str) -> Person | None:
        account, roles = self._account(email), self._roles(email)
        if account is None or not roles or account["UserStatus"] != "CONFIRMED":
            return None
        attributes = {each["Name"]: each["Value"] for each in account["UserAttributes"]}
        return Person(UUID(attributes["sub"]), attributes["email"], roles[0], attributes.get("name"))

    def sign_in(self, email: str, password: str) -> Tokens:
        with _asking(cognito_errors.sign_in) as cognito:
            answer = cognito.initiate_auth(
                ClientId=self._client_id,
                AuthFlow="USER_PASSWORD_AUTH",
                AuthParameters={"USERNAME": email, "PASSWORD": password},
            )
        if challenge := answer.get("ChallengeName"):
            raise cognito_errors.second_step(challenge)
        return _tokens(answer)

    def refresh(self, refresh_token: str) -> Tokens:
        """Use the operation that works for pools with and without rotation of refresh tokens."""
        with _asking(cognito_errors.renewal) as cognito:
            answer = cognito.get_tokens_from_refresh_token(ClientId=self._client_id, RefreshToken=refresh_token)
        return _tokens(answer)

    def revoke(self, refresh_token: str) -> None:
        with _asking(cognito_errors.revocation) as cognito:
            cognito.revoke_token(ClientId=self._client_id, Token=refresh_token)

    def _begun(self, email: str, password: str, attributes: dict[str, str]) -> bool:
        """Whether an account was opened; False if the e-mail has one."""
        try:
            with _asking(cognito_errors.sign_up) as cognito:
                cognito.sign_up(
                    ClientId=self._client_id,
                    Username=email,
                    Password=password,
                    UserAttributes=[{"Name": name, "Value": value} for name, value in attributes.items()],
                )
        except EmailTakenError:
            return False
        return True

    def _give(self, email: str, role: str) -> None:
        with _asking() as cognito:
            cognito.admin_add_user_to_group(**self._user(email), GroupName=role)

    def _resend(self, email: str) -> None:
        """Ask Cognito to mail the code again. The caller is not told whether it did: that would tell of the account."""
        with suppress(DomainError), _asking(cognito_errors.resending) as cognito:
            cognito.resend_confirmation_code(ClientId=self._client_id, Username=email)

    def _was_left(self, account: dict[str, Any]) -> bool:
        """Whether a crash left the account without a role. Another request may be giving a younger one its role now."""
        age = self._clock() - account["UserCreateDate"]
        return bool(account["UserStatus"] == "UNCONFIRMED" and age >= _LONGEST_REGISTRATION)

    def _account(self, email: str) -> dict[str, Any] | None:
        with _asking() as cognito:
            try:
                account: dict[str, Any] = cognito.admin_get_user(**self._user(email))
            except cognito.exceptions.UserNotFoundException:
                return None
        return account

    def _roles(self, email: str) -> list[str] | None:
        """None if there is no such account."""
        with _asking() as cognito:
            try:
                answer = cognito.admin_list_groups_for_user(**self._user(email))
            except cognito.exceptions.UserNotFoundException:
                return None
        return shipped_roles().among(group["GroupName"] for group in answer["Groups"])

    def _user(self, email: str) -> dict[str, str]:
        return {"UserPoolId": self._user_pool_id, "Username": email}


@contextmanager
def _asking(reading: Reading = cognito_errors.nothing_else) -> Iterator[Any]:
    """Cognito's client. Its errors are raised as ours; `reading` translates the operation's own codes."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield _client()
    except (ClientError, BotoCoreError) as error:
        raise cognito_errors.raised_as(error, reading) from None  # the chain would show what was sent


def _tokens(answer: dict[str, Any]) -> Tokens:
    result = answer["AuthenticationResult"]
    return Tokens(result["AccessToken"], result.get("RefreshToken"), result["ExpiresIn"])


@cache
def _client() -> Any:
    import boto3
    from botocore.config import Config

    config = Config(connect_timeout=2, read_timeout=6, retries={"mode": "standard", "max_attempts": 2})
    return boto3.client("cognito-idp", config=config)
