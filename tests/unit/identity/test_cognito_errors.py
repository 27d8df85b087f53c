import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError

from rideflow.identity import errors
from rideflow.identity.cognito_errors import raised_as, second_step
from rideflow.kernel.errors import DomainError, InvalidInputError


def refused(operation: str, code: str, text: str = "") -> Exception:
    return raised_as(ClientError({"Error": {"Code": code, "Message": text}}, operation))


@pytest.mark.parametrize(
    ("operation", "code", "expected"),
    [
        ("SignUp", "UsernameExistsException", errors.EmailTakenError),
        ("SignUp", "InvalidPasswordException", errors.PasswordPolicyError),
        ("SignUp", "InvalidParameterException", InvalidInputError),
        ("SignUp", "CodeDeliveryFailureException", errors.IdentityUnavailableError),
        ("ConfirmSignUp", "CodeMismatchException", errors.CodeMismatchError),
        ("ConfirmSignUp", "ExpiredCodeException", errors.CodeMismatchError),
        ("ConfirmSignUp", "UserNotFoundException", errors.CodeMismatchError),
        ("ConfirmSignUp", "NotAuthorizedException", errors.CodeMismatchError),
        ("ConfirmSignUp", "TooManyFailedAttemptsException", errors.TooManyAttemptsError),
        ("InitiateAuth", "NotAuthorizedException", errors.WrongCredentialsError),
        ("InitiateAuth", "UserNotFoundException", errors.WrongCredentialsError),
        ("InitiateAuth", "UserNotConfirmedException", errors.UserNotConfirmedError),
        ("InitiateAuth", "PasswordResetRequiredException", errors.PasswordChangeRequiredError),
        ("InitiateAuth", "TooManyRequestsException", errors.TooManyAttemptsError),
        ("InitiateAuth", "InternalErrorException", errors.IdentityUnavailableError),
        ("GetTokensFromRefreshToken", "NotAuthorizedException", errors.RefreshTokenInvalidError),
        ("GetTokensFromRefreshToken", "RefreshTokenReuseException", errors.RefreshTokenInvalidError),
        ("RevokeToken", "UnsupportedTokenTypeException", errors.RefreshTokenInvalidError),
    ],
)
def test_cognitos_refusals_have_our_codes(operation: str, code: str, expected: type[DomainError]) -> None:
    assert type(refused(operation, code)) is expected


def test_a_locked_account_is_told_to_wait_whatever_the_password() -> None:
    locked = refused("InitiateAuth", "NotAuthorizedException", "Password attempts exceeded")

    assert isinstance(locked, errors.TooManyAttemptsError)


def test_a_disabled_account_looks_like_a_wrong_password() -> None:
    disabled = refused("InitiateAuth", "NotAuthorizedException", "User is disabled.")
    wrong = refused("InitiateAuth", "NotAuthorizedException", "Incorrect username or password.")

    assert str(disabled) == str(wrong)


def test_the_broken_rule_of_the_password_policy_is_told() -> None:
    text = "Password did not conform with policy: Password must have numeric characters"

    assert str(refused("SignUp", "InvalidPasswordException", text)) == text


def test_cognitos_own_pattern_is_not_shown() -> None:
    text = "1 validation error detected: Value at 'password' failed to satisfy constraint: [\\S]+.*[\\S]+"

    refusal = refused("SignUp", "InvalidParameterException", text)

    assert isinstance(refusal, errors.PasswordPolicyError)
    assert "constraint" not in refusal.detail


@pytest.mark.parametrize(
    ("operation", "code", "text"),
    [
        ("InitiateAuth", "InvalidParameterException", "USER_PASSWORD_AUTH flow not enabled for this client"),
        ("InitiateAuth", "ResourceNotFoundException", "User pool client does not exist."),
        ("AdminAddUserToGroup", "AccessDeniedException", "not authorized to perform"),
        ("SignUp", "UserLambdaValidationException", ""),
    ],
)
def test_our_own_faults_stay_what_they_are(operation: str, code: str, text: str) -> None:
    assert isinstance(refused(operation, code, text), ClientError)


def test_a_directory_that_does_not_answer_is_unavailable() -> None:
    error = raised_as(ConnectTimeoutError(endpoint_url="https://cognito-idp.us-east-1.amazonaws.com"))

    assert isinstance(error, errors.IdentityUnavailableError)
    assert "amazonaws" not in str(error)


def test_the_second_step_names_what_the_account_wants() -> None:
    mfa, password = second_step("SOFTWARE_TOKEN_MFA"), second_step("NEW_PASSWORD_REQUIRED")

    assert (mfa.code, mfa.extra) == ("mfa_required", {"next_step": "software_token_mfa"})
    assert (password.code, password.extra) == (
        "password_change_required",
        {"next_step": "new_password_required"},
    )
