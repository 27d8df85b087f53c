"""Errors of identity."""

from __future__ import annotations

from typing import TypedDict

from rideflow.kernel.errors import (
    ConflictError,
    ForbiddenError,
    InvalidInputError,
    RateLimitedError,
    UnauthenticatedError,
    UnavailableError,
)


class WrongCredentialsError(UnauthenticatedError):
    """The sign-in is refused. Every reason looks alike, since most of them tell that the e-mail has an account.

    No account has this e-mail, or it was never confirmed; the password is another; there were too many failures.
    """

    code = "wrong_credentials"


class MfaRequiredError(UnauthenticatedError):
    """The password was right; the account wants a second factor."""

    code = "mfa_required"

    class Members(TypedDict):
        next_step: str


class PasswordChangeRequiredError(ForbiddenError):
    """The password was right, but is temporary or was reset by an operator."""

    code = "password_change_required"

    class Members(TypedDict):
        next_step: str


class RefreshTokenInvalidError(UnauthenticatedError):
    """The refresh token is expired, revoked, or none of ours."""

    code = "refresh_token_invalid"


class EmailTakenError(ConflictError):
    """The e-mail has an account. This never leaves identity: the caller must not learn it."""

    code = "email_taken"


class PasswordPolicyError(InvalidInputError):
    """The password is weaker than the pool's policy asks for."""

    code = "password_policy"


class CodeMismatchError(InvalidInputError):
    """The code is wrong or expired, or there is no such account: all look alike."""

    code = "code_mismatch"


class TooManyAttemptsError(RateLimitedError):
    """Cognito limits the rate of requests."""

    code = "too_many_attempts"


class IdentityUnavailableError(UnavailableError):
    """Cognito does not answer."""

    code = "identity_unavailable"


class TokenRefusedError(Exception):
    """The access token proves nothing; the text says why, for our log only."""


class UnknownPermissionError(ValueError):
    """No operation asks for these permissions."""


class RoleChangedMeanwhileError(Exception):
    """Somebody else changed the role since it was read."""


class RolesUnavailableError(Exception):
    """The changes of roles cannot be read."""


class KeysUnavailableError(Exception):
    """The pool's public keys cannot be read, so no token can be judged."""
