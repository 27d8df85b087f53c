"""Errors as Stripe answers them: HTTP status, type, code, decline code, message, param and the object concerned."""

from collections.abc import Sequence
from typing import Any

DOCUMENTED_AT = "https://stripe.com/docs/error-codes/"


class ApiError(Exception):
    """`executed` is whether the endpoint had begun its work: only then does Stripe keep the answer under its key."""

    def __init__(
        self,
        status: int,
        kind: str,
        message: str,
        *,
        executed: bool = True,
        headers: dict[str, str] | None = None,
        **details: Any,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.executed = executed
        self.headers = headers or {}
        self.fields = {"type": kind, "message": message} | {k: v for k, v in details.items() if v is not None}
        if code := details.get("code"):
            self.fields["doc_url"] = DOCUMENTED_AT + str(code).replace("_", "-")

    @property
    def body(self) -> dict[str, Any]:
        return {"error": dict(sorted(self.fields.items()))}


def refused(message: str, *, code: str | None = None, param: str | None = None, **details: Any) -> ApiError:
    """The request was valid and begun, but the object's state does not allow it."""
    return ApiError(400, "invalid_request_error", message, code=code, param=param, **details)


def invalid(message: str, *, code: str | None = None, param: str | None = None) -> ApiError:
    """A parameter is invalid: nothing was begun, so the idempotency key stays free."""
    return ApiError(400, "invalid_request_error", message, executed=False, code=code, param=param)


def missing(param: str) -> ApiError:
    return invalid(f"Missing required param: {param}.", code="parameter_missing", param=param)


def no_such(kind: str, identifier: str, param: str, status: int = 400) -> ApiError:
    """404 if the address names the missing object, 400 if a parameter does."""
    message = f"No such {kind}: '{identifier}'"
    return ApiError(status, "invalid_request_error", message, code="resource_missing", param=param)


def unexpected_state(kind: str, message: str, intent: dict[str, Any]) -> ApiError:
    details: dict[str, Any] = {"code": f"{kind}_unexpected_state", kind: intent}
    return ApiError(400, "invalid_request_error", message, **details)


def one_of(words: Sequence[str]) -> str:
    return ", ".join(words)
