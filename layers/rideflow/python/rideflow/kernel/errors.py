"""Errors of the domain, by category.

A context subclasses a category and gives it a stable `code`. Apps program against the code; people read the detail. The
entry points (`rest`, `websocket`) turn an error into RFC 9457 problem details; `problems.STATUS` is the table of HTTP
statuses.
"""

from __future__ import annotations

from typing import Any, ClassVar, NotRequired, TypedDict


class DomainError(Exception):
    """Base of all refusals.

    `detail` is shown to the app's user, and never reveals internals. `field` is the JSON name of the input at fault.
    `extra` are further members of the problem document. A subclass types its own in `Members`, from which the published
    contracts are generated.
    """

    code: ClassVar[str]

    class Members(TypedDict):
        """No members besides those of every problem."""

    def __init__(self, detail: str, *, field: str | None = None, **extra: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.field = field
        self.extra = extra


class MalformedRequestError(DomainError):
    """The request cannot be read at all."""

    code = "malformed_request"


class UnsupportedMediaTypeError(DomainError):
    """The media type of the body is not supported."""

    code = "unsupported_media_type"


class InvalidInputError(DomainError):
    """The request was read, and a value in it cannot be accepted."""

    code = "invalid_input"


class UnauthenticatedError(DomainError):
    """Nobody is signed in, or the token is not valid."""

    code = "unauthenticated"


class PaymentRequiredError(DomainError):
    """Money is missing before this can be done."""

    code = "payment_required"


class ForbiddenError(DomainError):
    """The caller's role does not permit the operation."""

    code = "forbidden"


class NotFoundError(DomainError):
    """There is no such thing, or it is somebody else's. The two look the same on purpose."""

    code = "not_found"


class ConflictError(DomainError):
    """The present state does not allow the operation."""

    code = "conflict"


class TooLargeError(DomainError):
    """The request is larger than the operation reads."""

    code = "too_large"


class UpgradeRequiredError(DomainError):
    """The app is too old for the product."""

    code = "upgrade_required"


class RateLimitedError(DomainError):
    """Too many requests in too short a time."""

    code = "rate_limited"

    class Members(TypedDict):
        """The whole seconds to wait, if they are known."""

        retry_after_s: NotRequired[int]


class UnavailableError(DomainError):
    """A part the operation needs does not answer now; the same request may succeed later."""

    code = "unavailable"
