import io
from datetime import UTC, datetime
from typing import Any

import pytest

from functions.identity import authorize
from rideflow.identity.model import RoleChange
from rideflow.identity.role_changes import RoleChanges
from rideflow.kernel.access import Caller
from rideflow.kernel.sessions import EndedSessions
from tests.functions.cloud import Cloud
from tests.functions.lambda_events import LambdaContext
from tests.unit.identity.signing import CLIENT_ID, ISSUER, PERSON_ID, SigningKey

ARN = "arn:aws:execute-api:us-east-1:123456789012:abc123/live/GET/v1/riders/me"


@pytest.fixture(scope="module")
def pool_key() -> SigningKey:
    return SigningKey("pool-key-1")


@pytest.fixture
def reads(cloud: Cloud, monkeypatch: pytest.MonkeyPatch, pool_key: SigningKey) -> list[str]:
    """URLs of the reads of the pool's keys."""
    urls: list[str] = []

    def fetched(url: str) -> dict[str, Any]:
        urls.append(url)
        return {"keys": [pool_key.public()]}

    for name, value in {
        "USER_POOL_ID": "us-east-1_Abc",
        "CLIENT_ID": CLIENT_ID,
        "ISSUER": ISSUER,
        "JWKS_URL": f"{ISSUER}/.well-known/jwks.json",
    }.items():
        monkeypatch.setenv(f"IDENTITY_{name}", value)
    monkeypatch.setattr(authorize, "fetched", fetched)
    authorize.verifier.cache_clear()
    authorize.roles.cache_clear()
    return urls


def ask(token: str) -> dict[str, Any]:
    event = {"type": "TOKEN", "authorizationToken": token, "methodArn": ARN}
    policy: dict[str, Any] = authorize.app(event, LambdaContext())
    return policy


def test_a_signed_in_caller_passes_with_their_permissions(reads: list[str], pool_key: SigningKey) -> None:
    policy = ask(f"Bearer {pool_key.token()}")

    assert policy["policyDocument"]["Statement"][0]["Effect"] == "Allow"
    caller = Caller.of(policy["context"])
    assert (caller.id, caller.roles) == (PERSON_ID, frozenset({"rider"}))
    caller.require("trip:create")


def test_an_environment_reads_the_keys_once(reads: list[str], pool_key: SigningKey) -> None:
    for _ in range(3):
        ask(f"Bearer {pool_key.token()}")

    assert reads == [f"{ISSUER}/.well-known/jwks.json"]


@pytest.mark.parametrize("changes", [{"exp": 1_700_000_000}, {"token_use": "id"}, {"client_id": "other"}])
def test_a_token_that_is_not_good_is_the_gateways_401(
    reads: list[str], pool_key: SigningKey, changes: dict[str, Any]
) -> None:
    with pytest.raises(Exception, match=r"^Unauthorized$"):
        ask(f"Bearer {pool_key.token(changes)}")


def test_a_forged_token_is_the_gateways_401(reads: list[str]) -> None:
    with pytest.raises(Exception, match=r"^Unauthorized$"):
        ask(f"Bearer {SigningKey('pool-key-1').token({'cognito:groups': ['admin']})}")


def test_tokens_are_in_no_log(reads: list[str], pool_key: SigningKey, log: io.StringIO) -> None:
    token = pool_key.token({"exp": 1_700_000_000})

    with pytest.raises(Exception, match=r"^Unauthorized$"):
        ask(f"Bearer {token}")

    logged = log.getvalue()
    assert "token refused" in logged
    assert token not in logged
    assert token.split(".")[2] not in logged


def test_the_token_of_a_session_that_was_ended_is_the_gateways_401_at_once(
    reads: list[str], pool_key: SigningKey
) -> None:
    """The authorizer caches nothing from the former call, in which the token passed."""
    token, other = pool_key.token({"origin_jti": "session-1"}), pool_key.token({"origin_jti": "session-2"})
    ask(f"Bearer {token}")

    EndedSessions("ended-sessions").end(PERSON_ID, "session-1", datetime.now(UTC))

    with pytest.raises(Exception, match=r"^Unauthorized$"):
        ask(f"Bearer {token}")
    assert ask(f"Bearer {other}")["principalId"] == str(PERSON_ID)


def test_a_permission_that_staff_denied_a_role_is_not_permitted(reads: list[str], pool_key: SigningKey) -> None:
    RoleChanges("role-changes").put(RoleChange("rider", frozenset({"zone:read"}), frozenset({"trip:create"})))

    permitted = Caller.of(ask(f"Bearer {pool_key.token()}")["context"]).permissions
    assert {"zone:read", "quote:create"} <= permitted
    assert "trip:create" not in permitted
