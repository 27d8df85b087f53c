"""The headers that REST answers carry, whichever operation gives them.

| answer                        | Cache-Control       | and                                               |
|-------------------------------|---------------------|---------------------------------------------------|
| 200 to GET or HEAD            | private, no-cache   | ETag; 304 without a body if If-None-Match has it  |
| any other                     | no-store            | WWW-Authenticate (401), Retry-After (429, 503)    |
| any, to a web app we know     |                     | Access-Control-Allow-Origin                       |
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

from rideflow.kernel.asked import Event, header
from rideflow.kernel.problems import CONTENT_TYPE

CHALLENGE = 'Bearer realm="rideflow"'
"""RFC 6750: how to sign in."""

RETRY_AFTER_S = 2
"""Of a part that does not answer: about as long as a failover of Redis or PostgreSQL's proxy lasts."""

ORIGINS = "web_origins"
"""The stage variable of the REST API that lists the origins of web apps, separated by commas."""

EXPOSED_HEADERS = (
    "Allow", "Deprecation", "ETag", "RateLimit", "RateLimit-Limit", "RateLimit-Policy", "RateLimit-Remaining",
    "RateLimit-Reset", "Retry-After", "Sunset", "WWW-Authenticate",
)  # fmt: skip
"""What a web app may read besides the body."""


def headers_of(problem: Mapping[str, Any]) -> dict[str, str]:
    """The headers of a problem document."""
    headers = {"Content-Type": CONTENT_TYPE}
    if problem["status"] == 401:
        headers["WWW-Authenticate"] = CHALLENGE
    elif problem["status"] == 415:
        headers["Accept"] = "application/json"
    elif problem["status"] in {429, 503}:
        headers["Retry-After"] = str(problem.get("retry_after_s", RETRY_AFTER_S))
    return headers


def finished(answer: dict[str, Any], event: Event) -> dict[str, Any]:
    """The answer of Lambda's proxy integration with the headers of the table above."""
    headers: dict[str, list[str]] = dict(answer["multiValueHeaders"])
    reads = event["httpMethod"] in {"GET", "HEAD"}
    if reads and answer["statusCode"] == 200:
        answer = _tagged(answer, headers, event)
    else:
        headers.setdefault("Cache-Control", ["no-store"])
    _admit_web_app(headers, event)
    body = "" if event["httpMethod"] == "HEAD" else answer["body"]
    return {**answer, "multiValueHeaders": headers, "body": body}


def _tagged(answer: dict[str, Any], headers: dict[str, list[str]], event: Event) -> dict[str, Any]:
    tag = f'"{blake2b(answer["body"].encode(), digest_size=16).hexdigest()}"'
    headers |= {"ETag": [tag], "Cache-Control": ["private, no-cache"]}
    known = [each.strip().removeprefix("W/") for each in (header(event, "if-none-match") or "").split(",")]
    if tag not in known and "*" not in known:
        return answer
    headers.pop("Content-Type", None)
    return {**answer, "statusCode": 304, "body": ""}


def _admit_web_app(headers: dict[str, list[str]], event: Event) -> None:
    origins = (event.get("stageVariables") or {}).get(ORIGINS)
    if not origins:
        return
    headers["Vary"] = ["Origin"]
    origin = header(event, "origin")
    if origin is not None and origin in origins.split(","):
        headers["Access-Control-Allow-Origin"] = [origin]
        headers["Access-Control-Expose-Headers"] = [", ".join(EXPOSED_HEADERS)]
