"""Problem details (RFC 9457), the shape of every error that an app receives."""

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
    UnsupportedMediaTypeError,
    UpgradeRequiredError,
)

CONTENT_TYPE = "application/problem+json"

MAX_ERRORS = 20
"""The most errors in a document: a body may have ten thousand wrong names, and a WebSocket frame holds 32 KiB."""
MAX_FIELD, MAX_DETAIL = 200, 300
"""The most characters of a field's name, which the app may have made up, and of its error's text."""

STATUS: dict[type[DomainError], int] = {
    MalformedRequestError: 400,
    UnauthenticatedError: 401,
    PaymentRequiredError: 402,
    ForbiddenError: 403,
    NotFoundError: 404,
    ConflictError: 409,
    TooLargeError: 413,
    UnsupportedMediaTypeError: 415,
    InvalidInputError: 422,
    UpgradeRequiredError: 426,
    RateLimitedError: 429,
    UnavailableError: 503,
}
"""The table of HTTP statuses. An error has the status of its category."""

_TITLES = {
    400: "Malformed request",
    401: "Not signed in",
    402: "Payment required",
    403: "Not permitted",
    404: "Not found",
    405: "Method not allowed",
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
    """The HTTP status of the error's category. Raises StopIteration for an error without a category."""
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
    """The problem document of a domain error, with the field at fault if there is one."""
    extra = dict(error.extra)
    if error.field is not None:
        extra["errors"] = [{"field": error.field, "code": error.code, "detail": error.detail}]
    return problem(status_of(type(error)), error.code, error.detail, **extra)


def problem_of_validation(errors: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The problem document of pydantic's errors, with an entry for each wrong field."""
    found = list(errors)
    if unread := next((error for error in found if error["type"] == "json_invalid"), None):
        return problem(400, MalformedRequestError.code, f"The body is not valid JSON: {unread['ctx']['error']}.")
    entries = [
        {"field": _field(error["loc"]), "code": error["type"], "detail": error["msg"][:MAX_DETAIL]}
        for error in found[:MAX_ERRORS]
    ]
    return problem(422, InvalidInputError.code, f"{entries[0]['field']}: {entries[0]['detail']}", errors=entries)


def internal_problem() -> dict[str, Any]:
    """The problem document of an unexpected error. It reveals no internals."""
    return problem(500, "internal_error", "Something went wrong on our side; please try again.")


def _field(location: Iterable[str | int]) -> str:
    """`("body", "pickup", "lat")` as `pickup.lat`."""
    parts = [str(part) for part in location]
    told = parts[1:] if len(parts) > 1 and parts[0] in {"body", "query", "path", "header"} else parts
    return ".".join(told)[:MAX_FIELD]
