"""Problem details (RFC 9457): the one shape of every error that leaves the product."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rideflow.kernel.errors import (
    ConflictError,
    DomainError,
    ForbiddenError,
    InvalidInputError,
    MalformedRequestError,
    NotFoundError,
    PaymentRequiredError,
    RateLimitedError,
    TooLargeError,
    UnauthenticatedError,
    UnavailableError,
    UpgradeRequiredError,
)

CONTENT_TYPE = "application/problem+json"

STATUS: dict[type[DomainError], int] = {
    MalformedRequestError: 400,
    UnauthenticatedError: 401,
    PaymentRequiredError: 402,
    ForbiddenError: 403,
    NotFoundError: 404,
    ConflictError: 409,
    TooLargeError: 413,
    InvalidInputError: 422,
    UpgradeRequiredError: 426,
    RateLimitedError: 429,
    UnavailableError: 503,
}
"""The one table of HTTP statuses: an error has the status of its category."""

_TITLES = {
    400: "Malformed request",
    401: "Not signed in",
    402: "Payment required",
    403: "Not permitted",
    404: "Not found",
    409: "Conflict",
    413: "Too large",
    415: "Unsupported media type",
    422: "Invalid input",
    426: "Upgrade required",
    429: "Too many requests",
    500: "Internal error",
    503: "Temporarily unavailable",
}


def status_of(error: type[DomainError]) -> int:
    """The status of the error's category. Raises StopIteration for an error without one."""
    return next(STATUS[category] for category in error.__mro__ if category in STATUS)


def problem(status: int, code: str, detail: str, **extra: Any) -> dict[str, Any]:
    """A problem document; `type` is a URN made of the stable `code`."""
    return {
        "type": f"urn:rideflow:problem:{code}",
        "title": _TITLES[status],
        "status": status,
        "code": code,
        "detail": detail,
        **extra,
    }


def problem_of(error: DomainError) -> dict[str, Any]:
    """The problem document of a domain error, with the field at fault where there is one."""
    extra = dict(error.extra)
    if error.field is not None:
        extra["errors"] = [{"field": error.field, "code": error.code, "detail": error.detail}]
    return problem(status_of(type(error)), error.code, error.detail, **extra)


def problem_of_validation(errors: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The problem document of pydantic's errors: one entry for each field that is wrong."""
    found = list(errors)
    if any(error["type"] == "json_invalid" for error in found):
        return problem(400, MalformedRequestError.code, "The body is not valid JSON.")
    entries = [{"field": _field(error["loc"]), "code": error["type"], "detail": error["msg"]} for error in found]
    return problem(422, InvalidInputError.code, f"{entries[0]['field']}: {entries[0]['detail']}", errors=entries)


def internal_problem() -> dict[str, Any]:
    """What the outside is told of our own faults: nothing of the inside."""
    return problem(500, "internal_error", "Something went wrong on our side; please try again.")


def _field(location: Iterable[str | int]) -> str:
    """`("body", "pickup", "lat")` as `pickup.lat`."""
    parts = [str(part) for part in location]
    return ".".join(parts[1:] if len(parts) > 1 and parts[0] in {"body", "query", "path", "header"} else parts)
