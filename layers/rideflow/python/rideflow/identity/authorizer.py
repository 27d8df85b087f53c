"""The Lambda authorizer of the REST API (type TOKEN) and the WebSocket API (type REQUEST).

A valid token is allowed on the whole stage, so that API Gateway can cache the policy by token for some seconds. The
policy's context carries the person's permissions, and each operation checks the one that it needs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rideflow.identity.errors import TokenRefusedError
from rideflow.identity.model import Roles
from rideflow.identity.tokens import Claims, TokenVerifier
from rideflow.kernel.sessions import EndedSessionLookup, SessionsUnavailableError, has_ended

type Event = dict[str, Any]
type Policy = dict[str, Any]


class UnauthorizedError(Exception):
    """API Gateway answers 401 when an authorizer fails with exactly the text `Unauthorized`."""

    def __init__(self) -> None:
        super().__init__("Unauthorized")


def authorize(event: Event, verifier: TokenVerifier, ended: EndedSessionLookup, roles: Callable[[], Roles]) -> Policy:
    """The policy for the call. Its context has the permissions that the caller's roles give now.

    An invalid token is a 401 on REST, and a refused handshake on WebSocket.
    """
    try:
        claims = verifier.verify(_token(event))
        _refuse_ended(claims, ended)
        return _allow(event["methodArn"], claims, roles())
    except TokenRefusedError as refusal:
        _note(refusal)
        if event["type"] == "TOKEN":
            raise UnauthorizedError from None
        return _policy("nobody", "Deny", event["methodArn"])


def _refuse_ended(claims: Claims, ended: EndedSessionLookup) -> None:
    """Raises `TokenRefusedError` for a token whose session was ended.

    While DynamoDB does not answer, tokens are accepted: they are genuine and live an hour at most, and rides go on.
    """
    try:
        known = ended.of(claims.person_id)
    except SessionsUnavailableError:
        from rideflow.kernel.observability import count

        count("EndedSessionsUnread")
        return
    if has_ended(known, claims.session, claims.issued_at):
        raise TokenRefusedError("the session was ended")


def _allow(method_arn: str, claims: Claims, in_force: Roles) -> Policy:
    roles = in_force.among(claims.groups)
    person_id = str(claims.person_id)
    context = {
        "person_id": person_id,
        "roles": " ".join(roles),
        "permissions": " ".join(in_force.permissions_of(roles)),
        "session": claims.session or "",
        "issued_at": str(claims.issued_at),
    }
    return {**_policy(person_id, "Allow", _whole_stage(method_arn)), "context": context}


def _policy(principal_id: str, effect: str, resource: str) -> Policy:
    statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": resource}
    return {"principalId": principal_id, "policyDocument": {"Version": "2012-10-17", "Statement": [statement]}}


def _whole_stage(method_arn: str) -> str:
    """`arn:aws:execute-api:<region>:<account>:<api>/<stage>/GET/v1/…` as `arn:…:<api>/<stage>/*`."""
    api, stage, *_ = method_arn.split("/")
    return f"{api}/{stage}/*"


def _token(event: Event) -> str:
    """The token from the header, or from the query: a browser cannot set headers on a WebSocket."""
    if event["type"] == "TOKEN":
        given = event.get("authorizationToken") or ""
    else:
        headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
        given = headers.get("authorization") or (event.get("queryStringParameters") or {}).get("token") or ""
    scheme, _, token = given.partition(" ")
    if not token:
        return str(given)
    if scheme.lower() != "bearer":
        raise TokenRefusedError("not a bearer token")
    return str(token.strip())


def _note(refusal: TokenRefusedError) -> None:
    """Log the refusal. The logger is imported here: cold starts for valid tokens should not pay for it."""
    from rideflow.kernel.observability import logger

    logger.info("token refused", extra={"reason": str(refusal)})
