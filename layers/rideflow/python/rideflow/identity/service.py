"""Registering and signing in. Passwords pass through to Cognito and are kept, logged and published nowhere."""

from __future__ import annotations

from collections.abc import Callable

from rideflow.identity.accounts import Accounts
from rideflow.identity.api import (
    Confirm,
    ConfirmedView,
    Login,
    Logout,
    Refresh,
    Register,
    RegisteredView,
    TokensView,
)
from rideflow.identity.events import UserRegistered
from rideflow.identity.model import Role
from rideflow.kernel.clock import Clock
from rideflow.kernel.events import DomainEvent
from rideflow.kernel.observability import logger


class Identity:
    """The use cases of `/v1/auth/*`."""

    def __init__(self, accounts: Accounts, publish: Callable[[DomainEvent], None], clock: Clock) -> None:
        self._accounts = accounts
        self._publish = publish
        self._clock = clock

    def register(self, request: Register) -> RegisteredView:
        person_id = self._accounts.sign_up(
            request.email, request.password.get_secret_value(), Role(request.role), request.name
        )
        return RegisteredView(person_id=person_id)

    def confirm(self, request: Confirm) -> ConfirmedView:
        """Confirm the account and tell the others.

        There is no database here, so no outbox: after a crash, or while the bus does not answer, the account is
        confirmed and `UserRegistered` is not published. Nothing is lost for good: confirming again publishes it again,
        under the same id, and the contexts that keep profiles make theirs at the person's first request.
        """
        person = self._accounts.confirm(request.email, request.code)
        try:
            self._publish(UserRegistered.of(person, self._clock))
        except Exception:
            logger.exception("UserRegistered was not published", extra={"person_id": str(person.id)})
        return ConfirmedView()

    def login(self, request: Login) -> TokensView:
        return TokensView.of(self._accounts.sign_in(request.email, request.password.get_secret_value()))

    def refresh(self, request: Refresh) -> TokensView:
        presented = request.refresh_token.get_secret_value()
        return TokensView.of(self._accounts.refresh(presented), presented)

    def logout(self, request: Logout) -> None:
        self._accounts.revoke(request.refresh_token.get_secret_value())
