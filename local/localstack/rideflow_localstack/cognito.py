"""Tokens of Cognito user pools: the keys they are signed with, and whether one is good."""

import json
import time
from collections.abc import Collection, Iterable, Mapping
from typing import Any

import requests
from joserfc import jwk, jws, jwt
from joserfc.errors import JoseError
from localstack.http import Request, Response
from localstack.services.edge import ROUTER

from . import settings

TIMEOUT_S = 5


class InvalidTokenError(Exception):
    """No pool in question issued this token, or not for this purpose."""


class ExpiredTokenError(InvalidTokenError):
    """It was good once."""


class KeySets:
    """The public keys of each pool, fetched once and again when a token names one that is not among them."""

    def __init__(self) -> None:
        self._documents: dict[str, dict[str, Any]] = {}

    def document(self, pool_id: str, key_id: str | None = None) -> dict[str, Any]:
        """The pool's JWKS. Raises `InvalidTokenError` when there is no such pool."""
        known = self._documents.get(pool_id)
        if known is None or (key_id and key_id not in {key["kid"] for key in known["keys"]}):
            url = f"{settings.ministack_url()}/{pool_id}/.well-known/jwks.json"
            answer = requests.get(url, timeout=TIMEOUT_S)
            if not answer.ok:
                raise InvalidTokenError(f"no keys of {pool_id}")
            known = self._documents[pool_id] = answer.json()
        return known


KEYS = KeySets()


def verified_claims(token: str, pool_ids: Iterable[str], scopes: Collection[str] = ()) -> dict[str, str]:
    """The claims of a token that one of the pools issued, each as text, as API Gateway hands them on.

    With `scopes` an access token that has one of them is asked for, without an identity token.
    """
    token = token.removeprefix("Bearer ")
    for pool_id in pool_ids:
        claims = _claims(token, pool_id)
        if claims is None:
            continue
        if claims.get("exp", 0) <= time.time():
            raise ExpiredTokenError
        granted = set(str(claims.get("scope", "")).split())
        if (scopes and not granted & set(scopes)) or (not scopes and claims.get("token_use") != "id"):
            raise InvalidTokenError("not a token for this method")
        return {name: _text(value) for name, value in claims.items()}
    raise InvalidTokenError("not a token of these pools")


def _claims(token: str, pool_id: str) -> Mapping[str, Any] | None:
    try:
        key_id = jws.extract_compact(token.encode()).headers().get("kid")
        keys = jwk.KeySet.import_key_set(KEYS.document(pool_id, key_id))
        claims: Mapping[str, Any] = jwt.decode(token, keys, algorithms=["RS256"]).claims
    except (JoseError, ValueError, InvalidTokenError):
        return None
    return claims if str(claims.get("iss", "")).endswith(f"/{pool_id}") else None


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ",".join(str(each) for each in value)
    return value if isinstance(value, str) else json.dumps(value)


def _serve_keys(_request: Request, pool_id: str) -> Response:
    try:
        return Response(json.dumps(KEYS.document(pool_id)), mimetype="application/json")
    except InvalidTokenError:
        return Response(status=404)


def install() -> None:
    """Serve each pool's keys where verifiers of the local stage are told to look."""
    ROUTER.add("/_aws/cognito-idp/<pool_id>/.well-known/jwks.json", _serve_keys)
