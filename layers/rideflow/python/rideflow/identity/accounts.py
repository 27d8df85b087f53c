"""What is asked of the user directory, and what it answers; `cognito` is the one that is used."""

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
    """What signing in gives. `refresh_token` is None where the one that was presented stays good."""

    access_token: str
    refresh_token: str | None
    expires_in_s: int


class Accounts(Protocol):
    """The user directory. Each method raises the errors of `rideflow.identity.errors`."""

    def sign_up(self, email: str, password: str, role: str, name: str | None) -> None:
        """Open an unconfirmed account and mail its code. An account that is there stays; the caller is not told."""
        ...

    def confirm(self, email: str, code: str) -> Person:
        """Confirm the account. Raises `CodeMismatchError` for one that is confirmed, and for one that is not there."""
        ...

    def confirmed(self, email: str) -> Person | None:
        """The person behind the e-mail, if they confirmed it."""
        ...

    def sign_in(self, email: str, password: str) -> Tokens: ...

    def refresh(self, refresh_token: str) -> Tokens: ...

    def revoke(self, refresh_token: str) -> None:
        """End the session: the refresh token and what was issued from it. Unknown or revoked tokens are fine."""
        ...


class UsedCodes(Protocol):
    """Which codes have confirmed an account lately. Never raises: without it, a repeat is refused as a wrong code."""

    def add(self, email: str, code: str) -> None: ...

    def has(self, email: str, code: str) -> bool: ...
