"""What can go wrong in the domain, by category.

A context subclasses a category and gives it a stable `code`; apps program against the code, people read the detail.
The entry points (`rest`, `websocket`) turn an error into RFC 9457 problem details; `problems.STATUS` is the table of
HTTP statuses.
"""

from __future__ import annotations

from typing import Any, ClassVar, NotRequired, TypedDict


class DomainError(Exception):
    """Base of everything the product refuses to do.

    `detail` is shown to the app's user: it says what was wrong and never what the inside looks like. `field` is the
    JSON name of the input at fault. `extra` are further members of the problem document; a subclass types its own in
    `Members`, from which the published contracts are made.
    """

    code: ClassVar[str]

    class Members(TypedDict):
        """None but those of every problem."""

    def __init__(self, detail: str, *, field: str | None = None, **extra: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.field = field
        self.extra = extra


class MalformedRequestError(DomainError):
    """The request cannot be read at all."""

    code = "malformed_request"


class UnsupportedMediaTypeError(DomainError):
    """The body is of a kind that is not read."""

    code = "unsupported_media_type"


class InvalidInputError(DomainError):
    """The request was read, and a value in it cannot be accepted."""

    code = "invalid_input"


class UnauthenticatedError(DomainError):
    """Nobody is signed in, or the proof of it is not good."""

    code = "unauthenticated"


class PaymentRequiredError(DomainError):
    """Money is missing before this can be done."""

    code = "payment_required"


class ForbiddenError(DomainError):
    """The caller's role does not permit the operation."""

    code = "forbidden"


class NotFoundError(DomainError):
    """There is no such thing, or it is somebody else's: the two look alike on purpose."""

    code = "not_found"


class ConflictError(DomainError):
    """The thing's present state does not allow it."""

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
        """The whole seconds to wait, where they are known."""

        retry_after_s: NotRequired[int]


class UnavailableError(DomainError):
    """A part the operation needs does not answer now; the same request may succeed later."""

    code = "unavailable"
