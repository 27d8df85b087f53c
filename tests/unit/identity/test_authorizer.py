import time
from typing import Any
from uuid import UUID, uuid4

import pytest

from rideflow.identity.authorizer import UnauthorizedError, authorize
from rideflow.identity.errors import KeysUnavailableError
from rideflow.identity.model import shipped_roles
from rideflow.identity.tokens import KeySet, TokenVerifier
from rideflow.kernel.access import Caller
from rideflow.kernel.sessions import Ended, SessionsUnavailableError
from tests.unit.identity.signing import CLIENT_ID, ISSUER, PERSON_ID, SigningKey

REST_ARN = "arn:aws:execute-api:us-east-1:123456789012:abc123/live/POST/v1/trips"
WEBSOCKET_ARN = "arn:aws:execute-api:us-east-1:123456789012:ws1/live/$connect"


class NothingEnded:
    """No session has ended."""

    def of(self, person_id: UUID) -> list[Ended]:
        return []


class EndedOf:
    """The ended sessions of one person; the store may be down."""

    def __init__(self, person_id: UUID, *ended: Ended, is_down: bool = False) -> None:
        self._ended = {person_id: list(ended)}
        self._is_down = is_down

    def of(self, person_id: UUID) -> list[Ended]:
        if self._is_down:
            raise SessionsUnavailableError
        return self._ended.get(person_id, [])


def rest(token: str) -> dict[str, Any]:
    return {"type": "TOKEN", "authorizationToken": token, "methodArn": REST_ARN}


def websocket(headers: dict[str, str] | None = None, query: dict[str, str] | None = None) -> dict[str, Any]:
    return {
        "type": "REQUEST",
        "methodArn": WEBSOCKET_ARN,
        "headers": headers or {"Host": "ws1.execute-api.us-east-1.amazonaws.com"},
        "queryStringParameters": query,
        "requestContext": {"routeKey": "$connect", "eventType": "CONNECT", "connectionId": "c"},
    }


def test_a_good_token_passes_to_the_whole_stage_so_that_the_answer_can_be_cached(
    verifier: TokenVerifier, pool_key: SigningKey
) -> None:
    policy = authorize(rest(f"Bearer {pool_key.token()}"), verifier, NothingEnded(), shipped_roles)

    assert policy["principalId"] == str(PERSON_ID)
    assert policy["policyDocument"]["Statement"] == [
        {
            "Action": "execute-api:Invoke",
            "Effect": "Allow",
            "Resource": "arn:aws:execute-api:us-east-1:123456789012:abc123/live/*",
        }
    ]


def test_operations_read_the_caller_from_the_context(verifier: TokenVerifier, pool_key: SigningKey) -> None:
    token = pool_key.token({"cognito:groups": ["driver", "rider", "us-east-1_Abc_Google"]})

    context = authorize(rest(f"Bearer {token}"), verifier, NothingEnded(), shipped_roles)["context"]

    assert all(isinstance(value, str) for value in context.values())
    caller = Caller.of(context)
    assert caller.id == PERSON_ID
    assert caller.roles == {"driver", "rider"}
    assert {"trip:create", "offer:answer"} <= caller.permissions
    assert "driver:verify" not in caller.permissions


def test_somebody_without_a_role_may_do_nothing(verifier: TokenVerifier, pool_key: SigningKey) -> None:
    context = authorize(
        rest(f"Bearer {pool_key.token(without='cognito:groups')}"), verifier, NothingEnded(), shipped_roles
    )["context"]

    assert Caller.of(context).permissions == frozenset()


@pytest.mark.parametrize("scheme", ["Bearer ", "bearer ", "BEARER  ", ""])
def test_the_scheme_is_read_in_any_case_and_may_be_left_out(
    verifier: TokenVerifier, pool_key: SigningKey, scheme: str
) -> None:
    assert authorize(rest(scheme + pool_key.token()), verifier, NothingEnded(), shipped_roles)["principalId"] == str(
        PERSON_ID
    )


@pytest.mark.parametrize("given", ["", "Bearer", "Bearer ", "Basic YWRhOnNlY3JldA==", "Bearer x y", "nonsense"])
def test_without_a_good_token_rest_answers_401(verifier: TokenVerifier, given: str) -> None:
    with pytest.raises(UnauthorizedError, match=r"^Unauthorized$"):
        authorize(rest(given), verifier, NothingEnded(), shipped_roles)


def test_a_good_token_under_another_scheme_is_401(verifier: TokenVerifier, pool_key: SigningKey) -> None:
    with pytest.raises(UnauthorizedError):
        authorize(rest(f"Basic {pool_key.token()}"), verifier, NothingEnded(), shipped_roles)


@pytest.mark.parametrize("header", ["Authorization", "authorization", "AUTHORIZATION"])
def test_a_websocket_opens_with_the_token_in_a_header(
    verifier: TokenVerifier, pool_key: SigningKey, header: str
) -> None:
    policy = authorize(websocket({header: f"Bearer {pool_key.token()}"}), verifier, NothingEnded(), shipped_roles)

    [statement] = policy["policyDocument"]["Statement"]
    assert statement["Effect"] == "Allow"
    assert statement["Resource"] == "arn:aws:execute-api:us-east-1:123456789012:ws1/live/*"
    assert policy["context"]["person_id"] == str(PERSON_ID)


def test_a_websocket_opens_with_the_token_in_the_query(verifier: TokenVerifier, pool_key: SigningKey) -> None:
    policy = authorize(websocket(query={"token": pool_key.token()}), verifier, NothingEnded(), shipped_roles)

    assert policy["policyDocument"]["Statement"][0]["Effect"] == "Allow"


@pytest.mark.parametrize(
    "event",
    [websocket(), websocket(query={"token": "forged"}), websocket({"Authorization": "Bearer forged"}), websocket({})],
)
def test_a_websocket_does_not_open_without_a_good_token(verifier: TokenVerifier, event: dict[str, Any]) -> None:
    policy = authorize(event, verifier, NothingEnded(), shipped_roles)

    [statement] = policy["policyDocument"]["Statement"]
    assert statement["Effect"] == "Deny"
    assert "context" not in policy


def test_while_the_keys_cannot_be_read_nobody_is_told_that_their_token_is_bad(pool_key: SigningKey) -> None:
    def down() -> dict[str, Any]:
        raise OSError("no route to Cognito")

    verifier = TokenVerifier(KeySet(down), issuer=ISSUER, client_id=CLIENT_ID)

    with pytest.raises(KeysUnavailableError):
        authorize(rest(f"Bearer {pool_key.token()}"), verifier, NothingEnded(), shipped_roles)


NOW_S = int(time.time())


@pytest.mark.parametrize("ended", [Ended("session-1", NOW_S), Ended(None, NOW_S + 5)], ids=["the session", "every one"])
def test_a_token_of_an_ended_session_is_401_on_rest_and_no_handshake_on_websocket(
    verifier: TokenVerifier, pool_key: SigningKey, ended: Ended
) -> None:
    token = pool_key.token({"origin_jti": "session-1", "iat": NOW_S})

    with pytest.raises(UnauthorizedError):
        authorize(rest(f"Bearer {token}"), verifier, EndedOf(PERSON_ID, ended), shipped_roles)
    refused = authorize(websocket(query={"token": token}), verifier, EndedOf(PERSON_ID, ended), shipped_roles)
    assert refused["policyDocument"]["Statement"][0]["Effect"] == "Deny"


@pytest.mark.parametrize(
    "ended",
    [EndedOf(PERSON_ID, Ended("session-1", NOW_S)), EndedOf(uuid4(), Ended(None, NOW_S + 5))],
    ids=["another session of theirs", "another person"],
)
def test_a_token_of_another_session_passes(verifier: TokenVerifier, pool_key: SigningKey, ended: EndedOf) -> None:
    """The new sign-in is in the same second as the end of the old session."""
    token = pool_key.token({"origin_jti": "session-2", "iat": NOW_S})

    assert authorize(rest(f"Bearer {token}"), verifier, ended, shipped_roles)["principalId"] == str(PERSON_ID)


def test_good_tokens_pass_while_ended_sessions_cannot_be_read(verifier: TokenVerifier, pool_key: SigningKey) -> None:
    down = EndedOf(PERSON_ID, Ended(None, NOW_S), is_down=True)

    assert authorize(rest(f"Bearer {pool_key.token()}"), verifier, down, shipped_roles)["principalId"] == str(PERSON_ID)
    with pytest.raises(UnauthorizedError):
        authorize(rest("Bearer forged"), verifier, down, shipped_roles)


def test_operations_are_told_the_session(verifier: TokenVerifier, pool_key: SigningKey) -> None:
    token = pool_key.token({"origin_jti": "session-1", "iat": NOW_S})

    caller = Caller.of(authorize(rest(f"Bearer {token}"), verifier, NothingEnded(), shipped_roles)["context"])
    unnamed = Caller.of(
        authorize(rest(f"Bearer {pool_key.token()}"), verifier, NothingEnded(), shipped_roles)["context"]
    )

    assert (caller.session, caller.issued_at) == ("session-1", NOW_S)
    assert unnamed.session is None
