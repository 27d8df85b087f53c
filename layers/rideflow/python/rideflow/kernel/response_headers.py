"""The headers of REST responses, the same for every operation.

| response                      | Cache-Control       | and                                               |
|-------------------------------|---------------------|---------------------------------------------------|
| 200 to GET or HEAD            | private, no-cache   | ETag; 304 without a body if If-None-Match has it  |
| any other                     | no-store            | WWW-Authenticate (401), Retry-After (429, 503)    |
| any, to a web app we know     |                     | Access-Control-Allow-Origin                       |
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

from rideflow.kernel.http_request import Event, header
from rideflow.kernel.problems import CONTENT_TYPE

CHALLENGE = 'Bearer realm="rideflow"'
"""The challenge of RFC 6750."""

RETRY_AFTER_S = 2
"""For a 503: about as long as a failover of Redis or of PostgreSQL's proxy lasts."""

ORIGINS = "web_origins"
"""The stage variable of the REST API that lists the origins of web apps, separated by commas."""

EXPOSED_HEADERS = (
    "Allow", "Deprecation", "ETag", "RateLimit", "RateLimit-Limit", "RateLimit-Policy", "RateLimit-Remaining",
    "RateLimit-Reset", "Retry-After", "Sunset", "WWW-Authenticate",
)  # fmt: skip
"""The headers that a web app may read (`Access-Control-Expose-Headers`)."""


def problem_headers(problem: Mapping[str, Any]) -> dict[str, str]:
    """The headers of a response whose body is the problem document."""
    headers = {"Content-Type": CONTENT_TYPE}
    if problem["status"] == 401:
        headers["WWW-Authenticate"] = CHALLENGE
    elif problem["status"] == 415:
        headers["Accept"] = "application/json"
    elif problem["status"] in {429, 503}:
        headers["Retry-After"] = str(problem.get("retry_after_s", RETRY_AFTER_S))
    return headers


def with_response_headers(response: dict[str, Any], event: Event) -> dict[str, Any]:
    """Lambda's proxy response with the headers of the table above. A HEAD gets no body."""
    headers: dict[str, list[str]] = dict(response["multiValueHeaders"])
    reads = event["httpMethod"] in {"GET", "HEAD"}
    if reads and response["statusCode"] == 200:
        response = _tagged(response, headers, event)
    else:
        headers.setdefault("Cache-Control", ["no-store"])
    _admit_web_app(headers, event)
    body = "" if event["httpMethod"] == "HEAD" else response["body"]
    return {**response, "multiValueHeaders": headers, "body": body}


def _tagged(response: dict[str, Any], headers: dict[str, list[str]], event: Event) -> dict[str, Any]:
    tag = f'"{blake2b(response["body"].encode(), digest_size=16).hexdigest()}"'
    headers |= {"ETag": [tag], "Cache-Control": ["private, no-cache"]}
    known = [each.strip().removeprefix("W/") for each in (header(event, "if-none-match") or "").split(",")]
    if tag not in known and "*" not in known:
        return response
    headers.pop("Content-Type", None)
    return {**response, "statusCode": 304, "body": ""}


def _admit_web_app(headers: dict[str, list[str]], event: Event) -> None:
    origins = (event.get("stageVariables") or {}).get(ORIGINS)
    if not origins:
        return
    headers["Vary"] = ["Origin"]
    origin = header(event, "origin")
    if origin is not None and origin in origins.split(","):
        headers["Access-Control-Allow-Origin"] = [origin]
        headers["Access-Control-Expose-Headers"] = [", ".join(EXPOSED_HEADERS)]
