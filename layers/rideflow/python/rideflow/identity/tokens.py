"""Verification of the Cognito pool's access tokens.

A token is checked as Cognito's guide "Verifying JSON web tokens" asks: RS256 signature by a key of the pool, issuer,
client, use, expiry. An execution environment reads the pool's public keys once, and asks Cognito for nothing else.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import jwt

from rideflow.identity.errors import KeysUnavailableError, TokenRefusedError

REFETCH_AFTER_S = 30.0
"""The shortest time between two reads of the keys. A token with an unknown key id causes a read, and anybody can make
such tokens."""


@dataclass(frozen=True, slots=True)
class Claims:
    """Claims of a valid token: the person, their groups, the token's session, and the second in which it was issued."""

    person_id: UUID
    groups: tuple[str, ...]
    session: str | None
    issued_at: int


class KeySet:
    """The pool's public keys, by key id."""

    def __init__(self, fetch: Callable[[], dict[str, Any]], monotonic: Callable[[], float] = time.monotonic) -> None:
        self._fetch = fetch
        self._monotonic = monotonic
        self._keys: dict[str, jwt.PyJWK] = {}
        self._fetched_at: float | None = None
        self._is_current = False

    def key(self, key_id: str) -> jwt.PyJWK:
        """Raises `TokenRefusedError` if the key is not the pool's, `KeysUnavailableError` if the keys cannot be read.

        The pool may have a new key since the last read: a token with an unknown key is then neither valid nor invalid.
        """
        if key_id not in self._keys and self._may_fetch():
            self._read()
        if key_id not in self._keys:
            raise TokenRefusedError("signed by an unknown key") if self._is_current else KeysUnavailableError
        return self._keys[key_id]

    def _may_fetch(self) -> bool:
        return self._fetched_at is None or self._monotonic() - self._fetched_at >= REFETCH_AFTER_S

    def _read(self) -> None:
        try:
            keys = {key["kid"]: jwt.PyJWK(key, algorithm="RS256") for key in self._fetch()["keys"]}
        except (OSError, ValueError, KeyError, jwt.PyJWTError) as error:
            self._is_current = False
            if not self._keys:
                raise KeysUnavailableError from error
        else:
            self._keys, self._is_current = keys, True
        self._fetched_at = self._monotonic()


class TokenVerifier:
    """Verifies tokens of one pool and one app client."""

    def __init__(self, keys: KeySet, *, issuer: str, client_id: str) -> None:
        self._keys = keys
        self._issuer = issuer
        self._client_id = client_id

    def verify(self, token: str) -> Claims:
        """Raises `TokenRefusedError`, or `KeysUnavailableError` if the keys cannot be read."""
        try:
            key = self._keys.key(str(jwt.get_unverified_header(token).get("kid")))
            claims = jwt.decode(
                token,
                key,
                algorithms=["RS256"],
                issuer=self._issuer,
                options={"require": ["exp", "iat", "iss", "sub"], "verify_aud": False, "verify_iat": False},
            )
            self._is_for_us(claims)
            return Claims(
                person_id=UUID(claims["sub"]),
                groups=tuple(map(str, claims.get("cognito:groups", []))),
                session=claims.get("origin_jti"),
                issued_at=int(claims["iat"]),
            )
        except (jwt.PyJWTError, ValueError, TypeError) as error:
            raise TokenRefusedError(str(error)) from error

    def _is_for_us(self, claims: dict[str, Any]) -> None:
        """Refuse identity tokens, and tokens of other clients. Access tokens have a `client_id` and no `aud`."""
        if claims.get("token_use") != "access":
            raise TokenRefusedError("not an access token")
        if claims.get("client_id") != self._client_id:
            raise TokenRefusedError("issued to another client")


def fetched(jwks_url: str) -> dict[str, Any]:
    """The JSON Web Key Set (RFC 7517) at the URL. Raises OSError or ValueError."""
    from urllib.request import urlopen

    with urlopen(jwks_url, timeout=3) as answer:  # noqa: S310 - the URL is a setting of ours
        document: dict[str, Any] = json.load(answer)
    return document
