"""The user directory in Cognito.

The role is a group, given right after the sign-up. Cognito has no way to do both at once: an account that a crash left
without a role cannot be confirmed, and registering again begins it anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any
from uuid import UUID

from rideflow.identity.accounts import Person, Tokens
from rideflow.identity.cognito_errors import WRONG_CODE, raised_as, second_step
from rideflow.identity.errors import CodeMismatchError, EmailTakenError
from rideflow.identity.model import Role, roles_in


class CognitoAccounts:
    """Accounts of one user pool whose user name is the e-mail."""

    def __init__(self, user_pool_id: str, client_id: str) -> None:
        self._user_pool_id = user_pool_id
        self._client_id = client_id

    def sign_up(self, email: str, password: str, role: Role, name: str | None) -> UUID:
        attributes = {"email": email} | ({"name": name} if name else {})
        try:
            person_id = self._begin(email, password, attributes)
        except EmailTakenError:
            if not self._left_without_role(email):
                raise
            with _asking() as cognito:
                cognito.admin_delete_user(**self._user(email))
            person_id = self._begin(email, password, attributes)
        with _asking() as cognito:
            cognito.admin_add_user_to_group(**self._user(email), GroupName=role.value)
        return person_id

    def confirm(self, email: str, code: str) -> Person:
        roles = self._roles(email)
        if not roles:
            raise CodeMismatchError(WRONG_CODE, field="code")
        try:
            with _asking() as cognito:
                cognito.confirm_sign_up(ClientId=self._client_id, Username=email, ConfirmationCode=code)
        except CodeMismatchError:
            # Also Cognito's answer for an account that is confirmed: then this is a repeat, and changes nothing.
            if self._status(email) != "CONFIRMED":
                raise
        return self._person(email, roles[0])

    def sign_in(self, email: str, password: str) -> Tokens:
        with _asking() as cognito:
            answer = cognito.initiate_auth(
                ClientId=self._client_id,
                AuthFlow="USER_PASSWORD_AUTH",
                AuthParameters={"USERNAME": email, "PASSWORD": password},
            )
        if challenge := answer.get("ChallengeName"):
            raise second_step(challenge)
        return _tokens(answer)

    def refresh(self, refresh_token: str) -> Tokens:
        """By the operation that serves pools with and without rotation of refresh tokens."""
        with _asking() as cognito:
            answer = cognito.get_tokens_from_refresh_token(ClientId=self._client_id, RefreshToken=refresh_token)
        return _tokens(answer)

    def revoke(self, refresh_token: str) -> None:
        with _asking() as cognito:
            cognito.revoke_token(ClientId=self._client_id, Token=refresh_token)

    def _begin(self, email: str, password: str, attributes: dict[str, str]) -> UUID:
        with _asking() as cognito:
            answer = cognito.sign_up(
                ClientId=self._client_id,
                Username=email,
                Password=password,
                UserAttributes=[{"Name": name, "Value": value} for name, value in attributes.items()],
            )
        return UUID(answer["UserSub"])

    def _left_without_role(self, email: str) -> bool:
        return self._status(email) == "UNCONFIRMED" and not self._roles(email)

    def _person(self, email: str, role: Role) -> Person:
        with _asking() as cognito:
            user = cognito.admin_get_user(**self._user(email))
        attributes = {each["Name"]: each["Value"] for each in user["UserAttributes"]}
        return Person(UUID(attributes["sub"]), attributes["email"], role, attributes.get("name"))

    def _status(self, email: str) -> str | None:
        with _asking() as cognito:
            try:
                status: str = cognito.admin_get_user(**self._user(email))["UserStatus"]
            except cognito.exceptions.UserNotFoundException:
                return None
        return status

    def _roles(self, email: str) -> list[Role]:
        with _asking() as cognito:
            try:
                answer = cognito.admin_list_groups_for_user(**self._user(email))
            except cognito.exceptions.UserNotFoundException:
                return []
        return roles_in(group["GroupName"] for group in answer["Groups"])

    def _user(self, email: str) -> dict[str, str]:
        return {"UserPoolId": self._user_pool_id, "Username": email}


@contextmanager
def _asking() -> Iterator[Any]:
    """Cognito's client, whose errors leave as ours."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield _client()
    except (ClientError, BotoCoreError) as error:
        raise raised_as(error) from None  # the chain would show what was sent


def _tokens(answer: dict[str, Any]) -> Tokens:
    result = answer["AuthenticationResult"]
    return Tokens(result["AccessToken"], result.get("RefreshToken"), result["ExpiresIn"])


@cache
def _client() -> Any:
    import boto3
    from botocore.config import Config

    config = Config(connect_timeout=2, read_timeout=6, retries={"mode": "standard", "max_attempts": 2})
    return boto3.client("cognito-idp", config=config)
