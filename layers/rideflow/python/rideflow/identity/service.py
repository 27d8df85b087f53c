"""Registration and sign-in. Passwords are passed on to Cognito, and never stored, logged or published."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from rideflow.identity.accounts import Accounts, Person, UsedCodes
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
from rideflow.identity.errors import CodeMismatchError, PasswordPolicyError, RefreshTokenInvalidError
from rideflow.identity.passwords import weakness
from rideflow.identity.sessions import Sessions, session_of
from rideflow.kernel.observability import logger


class Identity:
    """The use cases of `/v1/auth/*`."""

    def __init__(
        self,
        accounts: Accounts,
        sessions: Sessions,
        used_codes: UsedCodes,
        tell_registered: Callable[[Person], None],
    ) -> None:
        """`tell_registered` publishes `UserRegistered`; it may raise."""
        self._accounts = accounts
        self._sessions = sessions
        self._used_codes = used_codes
        self._tell_registered = tell_registered

    def register(self, request: Register) -> RegisteredView:
        """Open an account. The response is the same if the e-mail has one; its owner may be mailed a code again."""
        password = request.password.get_secret_value()
        if (weak := weakness(password)) is not None:
            raise PasswordPolicyError(weak, field="password")
        self._accounts.sign_up(request.email, password, request.role, request.name)
        return RegisteredView()

    def confirm(self, request: Confirm) -> ConfirmedView:
        """Confirm the account and publish `UserRegistered`.

        Without a database there is no outbox: after a crash, or while the bus or the table of keys does not answer,
        the account is confirmed and the event is not published. Confirming again publishes it again, under the same id,
        and the contexts that keep profiles create theirs at the person's first request.
        """
        person = self._confirmed(request)
        try:
            self._tell_registered(person)
        except Exception:
            logger.exception("UserRegistered was not published", extra={"person_id": str(person.id)})
        return ConfirmedView()

    def _confirmed(self, request: Confirm) -> Person:
        """The confirmed person, also for a repeat: Cognito has forgotten the code by then, so we store used codes.

        A refusal makes the same calls whether there is an account or not, so its response time does not tell.
        """
        try:
            person = self._accounts.confirm(request.email, request.code)
        except CodeMismatchError:
            known, was_used = self._accounts.confirmed(request.email), self._used_codes.has(request.email, request.code)
            if known is None or not was_used:
                raise
            return known
        self._used_codes.add(request.email, request.code)
        return person

    def login(self, request: Login) -> TokensView:
        return TokensView.of(self._accounts.sign_in(request.email, request.password.get_secret_value()))

    def refresh(self, request: Refresh) -> TokensView:
        presented = request.refresh_token.get_secret_value()
        return TokensView.of(self._accounts.refresh(presented), presented)

    def logout(self, request: Logout) -> None:
        """End the session of the refresh token. Cognito revokes it last: until then, a repeat does all of it again.

        A refresh token is opaque: person and session are read from an access token that Cognito issues for it. For a
        token that was revoked before, Cognito issues none, and there is nothing left to end.
        """
        refresh_token = request.refresh_token.get_secret_value()
        with suppress(RefreshTokenInvalidError):
            person_id, session = session_of(self._accounts.refresh(refresh_token).access_token)
            self._sessions.revoke(person_id, session)
        self._accounts.revoke(refresh_token)
