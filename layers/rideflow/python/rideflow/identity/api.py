"""Requests and views of `/v1/auth/*`."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, SecretStr
from pydantic_core import PydanticCustomError

from rideflow.identity.accounts import Tokens
from rideflow.identity.model import ChosenRole
from rideflow.kernel.contact import PersonName
from rideflow.kernel.model import Request, View
from rideflow.kernel.text import UNSEEN

Email = Annotated[
    str,
    Field(max_length=128, pattern=rf"^[^@{UNSEEN}]+@[^@{UNSEEN}]+\.[^@.{UNSEEN}]+$", examples=["ada@example.com"]),
    AfterValidator(str.lower),
]
"""An e-mail in lower case, at most as long as a user name of Cognito."""


def _visible(secret: SecretStr) -> SecretStr:
    if not secret.get_secret_value().isprintable():
        raise PydanticCustomError("unprintable_text", "Use characters that can be typed")
    return secret


Password = Annotated[
    SecretStr,
    Field(min_length=1, max_length=256, description="As strong as the pool's policy asks"),
    AfterValidator(_visible),
]
RefreshToken = Annotated[SecretStr, Field(min_length=1, max_length=8192), AfterValidator(_visible)]


class Register(Request):
    """A new account. Operators are made by an administrator, never here."""

    email: Email
    password: Password
    role: ChosenRole
    name: PersonName | None = None


class Confirm(Request):
    """The code that was mailed."""

    email: Email
    code: Annotated[str, Field(pattern=r"^[0-9]{4,10}$", examples=["123456"])]


class Login(Request):
    """E-mail and password."""

    email: Email
    password: Password


class Refresh(Request):
    """A refresh token in exchange for a new access token."""

    refresh_token: RefreshToken


class Logout(Request):
    """The session to end, by its refresh token."""

    refresh_token: RefreshToken


class RegisteredView(View):
    """The account waits for the code that was mailed. The response is the same if the e-mail has an account already."""

    status: Literal["unconfirmed"] = "unconfirmed"


class ConfirmedView(View):
    """The account may sign in."""

    status: Literal["confirmed"] = "confirmed"


class TokensView(View):
    """Send `access_token` as `Authorization: Bearer …`."""

    access_token: str
    refresh_token: str
    expires_in_s: Annotated[int, Field(description="Seconds until the access token expires")]
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - the scheme's name

    @classmethod
    def of(cls, tokens: Tokens, refresh_token: str | None = None) -> Self:
        """`refresh_token` is the presented one, which stays valid unless Cognito issued another."""
        return cls(
            access_token=tokens.access_token,
            refresh_token=tokens.refresh_token or refresh_token or "",
            expires_in_s=tokens.expires_in_s,
        )
