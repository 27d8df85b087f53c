import base64
import hmac
import json
import time
from typing import Any, NoReturn

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from rideflow.identity.errors import KeysUnavailableError, TokenRefusedError
from rideflow.identity.tokens import REFETCH_AFTER_S, KeySet, TokenVerifier, fetched
from tests.unit.identity.signing import CLIENT_ID, ISSUER, PERSON_ID, SigningKey


class Pool:
    """Serves its keys, and counts the reads."""

    def __init__(self, *keys: SigningKey) -> None:
        self.keys = list(keys)
        self.asked = 0
        self.down = False

    def __call__(self) -> dict[str, Any]:
        self.asked += 1
        if self.down:
            raise OSError("no route to Cognito")
        return {"keys": [key.public() for key in self.keys]}


def encoded(part: bytes) -> str:
    """A part of a JWT."""
    return base64.urlsafe_b64encode(part).decode().rstrip("=")


class Stopwatch:
    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


def test_a_good_token_tells_the_person_and_their_groups(verifier: TokenVerifier, pool_key: SigningKey) -> None:
    claims = verifier.verify(pool_key.token({"cognito:groups": ["rider", "driver"]}))

    assert claims.person_id == PERSON_ID
    assert claims.groups == ("rider", "driver")


def test_a_person_in_no_group_has_none(verifier: TokenVerifier, pool_key: SigningKey) -> None:
    assert verifier.verify(pool_key.token(without="cognito:groups")).groups == ()


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"exp": "soon"}, "expiry is no time"),
        ({"iss": "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Other"}, "another pool"),
        ({"iss": ISSUER + "/"}, "nearly our pool"),
        ({"client_id": "another-client"}, "another client"),
        ({"token_use": "id"}, "identity token"),
        ({"token_use": "refresh"}, "refresh token"),
        ({"sub": "not-a-uuid"}, "subject is no id"),
    ],
    ids=lambda value: value.replace(" ", "_") if isinstance(value, str) else "",
)
def test_a_token_that_says_the_wrong_thing_is_refused(
    verifier: TokenVerifier, pool_key: SigningKey, changes: dict[str, Any], what: str
) -> None:
    with pytest.raises(TokenRefusedError):
        verifier.verify(pool_key.token(changes))


@pytest.mark.parametrize(("claim", "from_now_s"), [("exp", -1), ("nbf", 600)])
def test_a_token_is_refused_after_its_time_and_before_it(
    verifier: TokenVerifier, pool_key: SigningKey, claim: str, from_now_s: int
) -> None:
    with pytest.raises(TokenRefusedError):
        verifier.verify(pool_key.token({claim: int(time.time()) + from_now_s}))


@pytest.mark.parametrize("claim", ["exp", "iat", "iss", "sub", "client_id", "token_use"])
def test_a_token_that_leaves_something_out_is_refused(
    verifier: TokenVerifier, pool_key: SigningKey, claim: str
) -> None:
    with pytest.raises(TokenRefusedError):
        verifier.verify(pool_key.token(without=claim))


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "..", "é.é.é", "null", "a" * 10_000])
def test_a_text_that_is_no_token_is_refused(verifier: TokenVerifier, token: str) -> None:
    with pytest.raises(TokenRefusedError):
        verifier.verify(token)


@pytest.mark.parametrize("member", ["kid", "alg", "typ"])
@pytest.mark.parametrize("depth", [5_000, 20_000], ids=["parsed", "not parsed"])
def test_a_token_whose_header_is_nested_deeply_is_refused(verifier: TokenVerifier, member: str, depth: int) -> None:
    header = f'{{"{member}": {"[" * depth}{"]" * depth}}}'

    with pytest.raises(TokenRefusedError):
        verifier.verify(f"{encoded(header.encode())}.{encoded(b'{}')}.{encoded(b'x')}")


def test_a_token_signed_by_a_stranger_under_our_key_id_is_refused(
    verifier: TokenVerifier, strangers_key: SigningKey
) -> None:
    with pytest.raises(TokenRefusedError):
        verifier.verify(strangers_key.token())


def test_a_token_whose_claims_were_changed_after_signing_is_refused(
    verifier: TokenVerifier, pool_key: SigningKey
) -> None:
    header, payload, signature = pool_key.token().split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    claims["cognito:groups"] = ["admin"]

    with pytest.raises(TokenRefusedError):
        verifier.verify(f"{header}.{encoded(json.dumps(claims).encode())}.{signature}")


def test_an_unsigned_token_is_refused(verifier: TokenVerifier, pool_key: SigningKey) -> None:
    header = encoded(json.dumps({"alg": "none", "typ": "JWT", "kid": pool_key.key_id}).encode())
    payload = pool_key.token().split(".")[1]

    with pytest.raises(TokenRefusedError):
        verifier.verify(f"{header}.{payload}.")


def test_a_token_signed_with_the_public_key_as_a_secret_is_refused(
    verifier: TokenVerifier, pool_key: SigningKey
) -> None:
    """The RS256-to-HS256 confusion (CVE-2016-10555)."""
    header = encoded(json.dumps({"alg": "HS256", "typ": "JWT", "kid": pool_key.key_id}).encode())
    payload = pool_key.token().split(".")[1]
    secret = pool_key.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    signature = encoded(hmac.new(secret, f"{header}.{payload}".encode(), "sha256").digest())

    with pytest.raises(TokenRefusedError):
        verifier.verify(f"{header}.{payload}.{signature}")


def test_a_key_brought_along_in_the_header_is_not_used(verifier: TokenVerifier, strangers_key: SigningKey) -> None:
    with pytest.raises(TokenRefusedError):
        verifier.verify(strangers_key.token(headers={"jwk": strangers_key.public(), "jku": "https://evil.example/"}))


def test_keys_are_read_once(pool_key: SigningKey) -> None:
    pool = Pool(pool_key)
    verifier = TokenVerifier(KeySet(pool), issuer=ISSUER, client_id=CLIENT_ID)

    for _ in range(3):
        verifier.verify(pool_key.token())

    assert pool.asked == 1


def test_a_key_that_the_pool_made_since_is_found(pool_key: SigningKey) -> None:
    pool, stopwatch, new_key = Pool(pool_key), Stopwatch(), SigningKey("pool-key-2")
    verifier = TokenVerifier(KeySet(pool, stopwatch), issuer=ISSUER, client_id=CLIENT_ID)
    verifier.verify(pool_key.token())

    pool.keys = [new_key]
    stopwatch.seconds += REFETCH_AFTER_S

    assert verifier.verify(new_key.token()).person_id == PERSON_ID


def test_tokens_with_made_up_key_ids_do_not_make_us_ask_each_time(pool_key: SigningKey) -> None:
    pool, stopwatch = Pool(pool_key), Stopwatch()
    keys = KeySet(pool, stopwatch)

    for number in range(50):
        stopwatch.seconds += 0.1
        with pytest.raises(TokenRefusedError):
            keys.key(f"made-up-{number}")

    assert pool.asked == 1
    assert keys.key(pool_key.key_id)


def test_known_keys_serve_while_the_pool_does_not_answer(pool_key: SigningKey) -> None:
    pool, stopwatch = Pool(pool_key), Stopwatch()
    keys = KeySet(pool, stopwatch)
    keys.key(pool_key.key_id)

    pool.down = True
    stopwatch.seconds += REFETCH_AFTER_S

    with pytest.raises(KeysUnavailableError):
        keys.key("made-up")
    assert keys.key(pool_key.key_id)


def test_a_key_that_is_new_to_us_is_not_called_bad_while_the_pool_does_not_answer(pool_key: SigningKey) -> None:
    """The app would drop a good token and sign its rider out."""
    pool, stopwatch, new_key = Pool(pool_key), Stopwatch(), SigningKey("pool-key-2")
    verifier = TokenVerifier(KeySet(pool, stopwatch), issuer=ISSUER, client_id=CLIENT_ID)
    verifier.verify(pool_key.token())
    pool.keys, pool.down = [new_key], True

    for waited_s in (REFETCH_AFTER_S, 1):
        stopwatch.seconds += waited_s
        with pytest.raises(KeysUnavailableError):
            verifier.verify(new_key.token())

    pool.down = False
    stopwatch.seconds += REFETCH_AFTER_S
    assert verifier.verify(new_key.token()).person_id == PERSON_ID


def test_without_any_key_no_token_is_judged(pool_key: SigningKey) -> None:
    pool = Pool(pool_key)
    pool.down = True
    verifier = TokenVerifier(KeySet(pool), issuer=ISSUER, client_id=CLIENT_ID)

    with pytest.raises(KeysUnavailableError):
        verifier.verify(pool_key.token())

    pool.down = False
    assert verifier.verify(pool_key.token()).person_id == PERSON_ID


def test_keys_are_waited_for_a_few_seconds_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every call waits for its authorizer, which gets ten seconds from API Gateway. A timeout is not a bad token."""
    waited: list[float | None] = []

    def silent(_url: str, timeout: float | None = None) -> NoReturn:
        waited.append(timeout)
        raise TimeoutError

    monkeypatch.setattr("urllib.request.urlopen", silent)

    with pytest.raises(KeysUnavailableError):
        KeySet(lambda: fetched("https://pool.example/jwks.json")).key("1")
    assert waited == [3]
