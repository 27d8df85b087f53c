"""Translation of Cognito's exceptions into our errors, which never tell whether an account exists."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rideflow.identity.errors import (
    CodeMismatchError,
    EmailTakenError,
    IdentityUnavailableError,
    MfaRequiredError,
    PasswordChangeRequiredError,
    PasswordPolicyError,
    RefreshTokenInvalidError,
    TooManyAttemptsError,
    WrongCredentialsError,
)
from rideflow.kernel.errors import DomainError, InvalidInputError

_SLOW_DOWN = {"TooManyRequestsException", "LimitExceededException"}
_DOWN = {"InternalErrorException", "CodeDeliveryFailureException", "ServiceUnavailable", "InternalFailure"}
_CODE_REFUSED = {
    "CodeMismatchException",
    "ExpiredCodeException",
    "UserNotFoundException",
    "NotAuthorizedException",
    "AliasExistsException",
    "InvalidParameterException",
    "LimitExceededException",
    "TooManyFailedAttemptsException",
}
"""They include refusals that only an existing account gets, such as those after too many attempts."""
_NOT_RESENT = {"InvalidParameterException", "LimitExceededException", "NotAuthorizedException", "UserNotFoundException"}
WRONG_CODE = "The code is wrong or has expired."
WRONG_CREDENTIALS = (
    "The e-mail or the password is wrong, or the e-mail is not confirmed yet. "
    "After several failures the right password is refused as well, for up to 15 minutes."
)


type Reading = Callable[[str, str], DomainError | None]
"""Translates an operation's error code and text. None for codes that are not the operation's own."""


def raised_as(error: Any, reading: Reading) -> Exception:
    """The exception to raise for botocore's `error`: itself if it is a fault of ours, such as a missing permission."""
    response = getattr(error, "response", None)
    if response is None:
        return IdentityUnavailableError("Signing in is not possible at the moment; please try again.")
    code, text = response["Error"]["Code"], response["Error"].get("Message", "")
    if (refusal := reading(code, text)) is not None:
        return refusal
    if code in _SLOW_DOWN:
        return TooManyAttemptsError("Too many attempts; please wait and try again.")
    if code in _DOWN:
        return IdentityUnavailableError("Signing in is not possible at the moment; please try again.")
    ours: Exception = error
    return ours


def second_step(challenge: str) -> DomainError:
    """The error for a right password that does not sign in yet; its `next_step` names what the account requires."""
    if challenge == "NEW_PASSWORD_REQUIRED":
        return PasswordChangeRequiredError("Set a new password to sign in.", next_step=challenge.lower())
    return MfaRequiredError("Enter the code of your authenticator to sign in.", next_step=challenge.lower())


def nothing_else(_code: str, _text: str) -> DomainError | None:
    return None


def sign_up(code: str, text: str) -> DomainError | None:
    if code == "UsernameExistsException":
        return EmailTakenError("There is an account with this e-mail; please sign in.", field="email")
    if code == "InvalidPasswordException" or (code == "InvalidParameterException" and "password" in text):
        return PasswordPolicyError(_policy(text), field="password")
    if code == "InvalidParameterException":
        return InvalidInputError("This e-mail cannot be registered.", field="email")
    return None


def _policy(text: str) -> str:
    """Cognito's text if it names the broken rule. The text of its parameter check would show a pattern instead."""
    return text if text.startswith("Password did not conform") else "The password is too weak."


def confirmation(code: str, _text: str) -> DomainError | None:
    if code in _CODE_REFUSED:
        return CodeMismatchError(WRONG_CODE, field="code")
    return None


def resending(code: str, _text: str) -> DomainError | None:
    if code in _NOT_RESENT:
        return CodeMismatchError("No code was sent.", field="email")
    return None


def sign_in(code: str, text: str) -> DomainError | None:
    if code == "InvalidParameterException" and "flow" in text:  # not switched on for our client: our fault
        return None
    match code:
        case (
            "NotAuthorizedException"  # also while Cognito locks the account after failures
            | "UserNotFoundException"
            | "UserNotConfirmedException"  # before Cognito looks at the password
            | "InvalidParameterException"
        ):
            return WrongCredentialsError(WRONG_CREDENTIALS)
        case "PasswordResetRequiredException":
            return PasswordChangeRequiredError("Set a new password to sign in.", next_step="password_reset")
    return None


def renewal(code: str, _text: str) -> DomainError | None:
    if code in {
        "NotAuthorizedException",
        "UserNotFoundException",
        "InvalidParameterException",
        "RefreshTokenReuseException",
    }:
        return RefreshTokenInvalidError("Please sign in again.")
    return None


def revocation(code: str, _text: str) -> DomainError | None:
    if code in {"NotAuthorizedException", "InvalidParameterException", "UnsupportedTokenTypeException"}:
        return RefreshTokenInvalidError("This is no refresh token of ours.")
    return None
