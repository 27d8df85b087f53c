"""The port to the user directory; `cognito.CognitoAccounts` is the adapter in use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Person:
    """An account. `id` is Cognito's `sub`."""

    id: UUID
    email: str
    role: str
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of a sign-in or a refresh. `refresh_token` is None if the presented one stays valid."""

    access_token: str
    refresh_token: str | None
    expires_in_s: int


class Accounts(Protocol):
    """The user directory. Each method raises the errors of `rideflow.identity.errors`."""

    def sign_up(self, email: str, password: str, role: str, name: str | None) -> None:
        """Open an unconfirmed account and mail its code. An existing account stays as it is; the caller is not told."""
        ...

    def confirm(self, email: str, code: str) -> Person:
        """Confirm the account. Raises `CodeMismatchError` also if it is confirmed already, or does not exist."""
        ...

    def confirmed(self, email: str) -> Person | None:
        """The person behind the e-mail, if they confirmed it."""
        ...

    def sign_in(self, email: str, password: str) -> Tokens: ...

    def refresh(self, refresh_token: str) -> Tokens: ...

    def revoke(self, refresh_token: str) -> None:
        """End the session: the refresh token and the tokens issued from it. An unknown or revoked token is no error."""
        ...


class UsedCodes(Protocol):
    """Codes that confirmed an account lately. Never raises: without them a repeat is refused as a wrong code."""

    def add(self, email: str, code: str) -> None: ...

    def has(self, email: str, code: str) -> bool: ...
