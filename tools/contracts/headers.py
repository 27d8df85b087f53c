"""Headers of requests and answers that the entry point of REST operations reads and sets."""

from __future__ import annotations

from rideflow.kernel.response_headers import CHALLENGE
from tools.contracts.schemas import Json

ANSWERED: dict[str, Json] = {
    "ETag": {
        "description": "Names this very answer: `If-None-Match` with it is answered 304 as long as nothing changed",
        "schema": {"type": "string"},
        "example": '"5f0c6d1b0a4e4f5f8d5f6a1c2b3d4e5f"',
    },
    "RateLimit-Policy": {
        "description": "`q` requests in `w` seconds, if there is a limit (draft-ietf-httpapi-ratelimit-headers-10)",
        "schema": {"type": "string"},
        "example": '"POST /v1/quotes";q=60;w=60',
    },
    "RateLimit": {
        "description": "`r` requests are left; in `t` seconds there are more, or all of them",
        "schema": {"type": "string"},
        "example": '"POST /v1/quotes";r=59;t=1',
    },
    "Retry-After": {
        "description": "Seconds to wait before the request is repeated",
        "schema": {"type": "integer", "minimum": 1},
        "example": 2,
    },
    "WWW-Authenticate": {
        "description": "How to sign in (RFC 6750)",
        "schema": {"type": "string"},
        "example": CHALLENGE,
    },
}
"""Headers that an answer may carry."""

SENT: dict[str, Json] = {
    "AppVersion": {
        "name": "App-Version",
        "in": "header",
        "required": False,
        "description": "The app and its version; one that is no longer served is answered 426",
        "schema": {"type": "string", "pattern": r"^[a-z][a-z0-9-]{0,39}/[0-9]{1,6}\.[0-9]{1,6}\.[0-9]{1,6}$"},
        "example": "rider/1.0.0",
    },
    "IfNoneMatch": {
        "name": "If-None-Match",
        "in": "header",
        "required": False,
        "description": "The `ETag` of an answer that the app has",
        "schema": {"type": "string"},
    },
}
"""Headers that every request may carry, or every `GET`."""

NOT_MODIFIED = "The answer that `If-None-Match` names is still right."

_LIMITED = ("RateLimit-Policy", "RateLimit")


def parameters(method: str) -> list[Json]:
    """The headers that a request with this method may carry."""
    names = ["AppVersion", "IfNoneMatch"] if method == "get" else ["AppVersion"]
    return [{"$ref": f"#/components/parameters/{name}"} for name in names]


def of_answer(method: str, status: int) -> Json:
    """The documented headers of an answer, by name; empty if there are none."""
    names: tuple[str, ...] = ()
    if status < 300:
        names = ("ETag", *_LIMITED) if method == "get" else _LIMITED
    elif status == 304:
        names = ("ETag",)
    elif status == 401:
        names = ("WWW-Authenticate",)
    elif status == 429:
        names = ("Retry-After", *_LIMITED)
    elif status == 503:
        names = ("Retry-After",)
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}
