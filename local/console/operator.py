"""The operator of this machine's stack, in whose name the printed link is signed in."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

from local.console.files import ConsoleError

if TYPE_CHECKING:
    from local.record import StackRecord

EMAIL = "operator@console.example"
_ABSENT = {"UserNotFoundException", "NotAuthorizedException"}
_TIMEOUT_S = 30


def sign_in(record: StackRecord) -> str:
    """A refresh token, another one for each link. The account is made when the first is wanted.

    Raises `ConsoleError`.
    """
    token = _refresh_token(record)
    if token is None:
        _appoint(record)
        token = _refresh_token(record)
    if token is None:
        raise ConsoleError(f"The user pool does not sign {EMAIL} in.")
    return token


def _appoint(record: StackRecord) -> None:
    from local.commands.operator import appoint
    from local.emulators import local_client

    appoint(local_client("cognito-idp", record.endpoint_url), record, EMAIL, record.operator_password)


def _refresh_token(record: StackRecord) -> str | None:
    """Sign in as an app does, without a signature, and so without boto3, whose import takes longer than all of it."""
    asked = {
        "ClientId": record.user_pool_client_id,
        "AuthFlow": "USER_PASSWORD_AUTH",
        "AuthParameters": {"USERNAME": EMAIL, "PASSWORD": record.operator_password},
    }
    request = urllib.request.Request(  # noqa: S310
        record.endpoint_url,
        data=json.dumps(asked).encode(),
        headers={
            "Content-Type": "application/x-amz-json-1.1",
            "X-Amz-Target": "AWSCognitoIdentityProviderService.InitiateAuth",
        },
    )
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as answer:  # noqa: S310
            told: Any = json.load(answer)
    except urllib.error.HTTPError as error:
        if _kind_of(error) in _ABSENT:
            return None
        raise ConsoleError(f"The user pool does not sign {EMAIL} in: it answers with {error.code}.") from error
    except (OSError, ValueError) as error:
        raise ConsoleError(f"The user pool at {record.endpoint_url} does not answer: {error}.") from error
    return str(told["AuthenticationResult"]["RefreshToken"])


def _kind_of(error: urllib.error.HTTPError) -> str:
    """The type in the answer of Cognito; empty if it is somebody else's."""
    try:
        told = json.load(error)
    except ValueError:
        return ""
    return str(told.get("__type", "")).rpartition("#")[2] if isinstance(told, dict) else ""
