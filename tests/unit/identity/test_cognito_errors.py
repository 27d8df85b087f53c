import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError

from rideflow.identity import cognito_errors, errors
from rideflow.identity.cognito_errors import raised_as, second_step
from rideflow.kernel.errors import DomainError, InvalidInputError

READINGS = {
    "SignUp": cognito_errors.sign_up,
    "ConfirmSignUp": cognito_errors.confirmation,
    "ResendConfirmationCode": cognito_errors.resending,
    "InitiateAuth": cognito_errors.sign_in,
    "GetTokensFromRefreshToken": cognito_errors.renewal,
    "RevokeToken": cognito_errors.revocation,
}


def refused(operation: str, code: str, text: str = "") -> Exception:
    error = ClientError({"Error": {"Code": code, "Message": text}}, operation)
    return raised_as(error, READINGS.get(operation, cognito_errors.nothing_else))


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
        ("ConfirmSignUp", "TooManyFailedAttemptsException", errors.CodeMismatchError),
        ("ConfirmSignUp", "LimitExceededException", errors.CodeMismatchError),
        ("ConfirmSignUp", "TooManyRequestsException", errors.TooManyAttemptsError),
        ("InitiateAuth", "NotAuthorizedException", errors.WrongCredentialsError),
        ("InitiateAuth", "UserNotFoundException", errors.WrongCredentialsError),
        ("InitiateAuth", "UserNotConfirmedException", errors.WrongCredentialsError),
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


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("NotAuthorizedException", "Password attempts exceeded"),
        ("NotAuthorizedException", "User is disabled."),
        ("UserNotConfirmedException", "User is not confirmed."),
        ("UserNotFoundException", "User does not exist."),
    ],
    ids=["locked", "disabled", "unconfirmed", "unknown"],
)
def test_a_refusal_that_only_an_account_can_get_looks_like_a_wrong_password(code: str, text: str) -> None:
    refusal = refused("InitiateAuth", code, text)
    wrong = refused("InitiateAuth", "NotAuthorizedException", "Incorrect username or password.")

    assert isinstance(refusal, errors.WrongCredentialsError)
    assert isinstance(wrong, errors.WrongCredentialsError)
    assert (refusal.detail, refusal.field, refusal.extra) == (wrong.detail, wrong.field, wrong.extra)


@pytest.mark.parametrize(
    "code",
    ["CodeMismatchException", "ExpiredCodeException", "TooManyFailedAttemptsException", "LimitExceededException"],
)
def test_a_refusal_that_only_an_accounts_code_can_get_looks_like_no_account(code: str) -> None:
    assert str(refused("ConfirmSignUp", code)) == str(refused("ConfirmSignUp", "UserNotFoundException"))


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
    error = raised_as(
        ConnectTimeoutError(endpoint_url="https://cognito-idp.us-east-1.amazonaws.com"), cognito_errors.nothing_else
    )

    assert isinstance(error, errors.IdentityUnavailableError)
    assert "amazonaws" not in str(error)


def test_the_second_step_names_the_challenge_of_the_account() -> None:
    mfa, password = second_step("SOFTWARE_TOKEN_MFA"), second_step("NEW_PASSWORD_REQUIRED")

    assert (mfa.code, mfa.extra) == ("mfa_required", {"next_step": "software_token_mfa"})
    assert (password.code, password.extra) == (
        "password_change_required",
        {"next_step": "new_password_required"},
    )
