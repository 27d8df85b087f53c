"""Tokens of Cognito user pools: their keys, and their verification."""

import json
import re
import time
from collections.abc import Collection, Iterable, Mapping
from typing import Any
from urllib.parse import unquote

import requests
from botocore.exceptions import ClientError
from joserfc import jwk, jws, jwt
from joserfc.errors import JoseError
from localstack.aws.connect import connect_to
from localstack.http import Request, Response
from localstack.services.edge import ROUTER

from . import settings

TIMEOUT_S = 5
CODE = re.compile(r"\b\d{6}\b")


class InvalidTokenError(Exception):
    """None of the pools issued this token, or not for this purpose."""


class ExpiredTokenError(InvalidTokenError):
    """The token has expired."""


class KeySets:
    """The public keys of each pool: fetched once, and again when a token names an unknown key."""

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
    """The claims of a token that one of the pools issued, each as text, as API Gateway passes them on.

    With `scopes`, an access token with one of them is required; without, an identity token.
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
        keys = jwk.KeySet.import_key_set({"keys": KEYS.document(pool_id, key_id)["keys"]})
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


def _serve_code(_request: Request, pool_id: str, username: str) -> Response:
    code = last_code(_address(pool_id, username), _mailbox())
    if code is None:
        return Response(status=404)
    return Response(json.dumps({"code": code}), mimetype="application/json")


def last_code(address: str, mails: Iterable[Mapping[str, Any]]) -> str | None:
    """The code in the latest mail to an address."""
    texts = [str(mail.get("BodyText", "")) for mail in mails if address in mail.get("To", ())]
    codes = [found[0] for text in texts if (found := CODE.search(text))]
    return codes[-1] if codes else None


def _mailbox() -> list[Mapping[str, Any]]:
    answer = requests.get(f"{settings.ministack_url()}/_ministack/ses/messages", timeout=TIMEOUT_S)
    answer.raise_for_status()
    return [mail for mails in answer.json()["messages"].values() for mail in mails]


def _address(pool_id: str, username: str) -> str:
    """The e-mail address of a user; the given name itself if no user has it."""
    client = connect_to(region_name=pool_id.partition("_")[0]).cognito_idp
    try:
        attributes = client.admin_get_user(UserPoolId=pool_id, Username=unquote(username))["UserAttributes"]
    except ClientError:
        return username
    return next((each["Value"] for each in attributes if each["Name"] == "email"), username)


def install() -> None:
    """Serve each pool's keys at the address that local verifiers use, and each user's codes in place of the mail."""
    ROUTER.add("/_aws/cognito-idp/<pool_id>/.well-known/jwks.json", _serve_keys)
    ROUTER.add("/_localstack_runtime/cognito/<pool_id>/<path:username>/code", _serve_code)
