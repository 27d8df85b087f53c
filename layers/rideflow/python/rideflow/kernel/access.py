"""The caller and their permissions, read from the authorizer's context."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self, TypedDict
from uuid import UUID

from rideflow.kernel.errors import ForbiddenError, UnauthenticatedError

if TYPE_CHECKING:
    from aws_lambda_powertools.event_handler.request import Request


class PermissionMissingError(ForbiddenError):
    """The caller's roles do not include the permission."""

    code = "permission_missing"

    class Members(TypedDict):
        permission: str


@dataclass(frozen=True, slots=True)
class Caller:
    """The signed-in person. `id` is Cognito's `sub`: the rider's, driver's or operator's id everywhere.

    `session` is the sign-in session of their token, if it names one; `issued_at` is the second the token was issued in.
    """

    id: UUID
    roles: frozenset[str]
    permissions: frozenset[str]
    session: str | None = None
    issued_at: int = 0

    @classmethod
    def of(cls, authorizer: Mapping[str, Any] | None) -> Self:
        """The caller in the authorizer's context of an API Gateway event (REST or WebSocket)."""
        if not authorizer or "person_id" not in authorizer:
            raise UnauthenticatedError("Please sign in.")
        return cls(
            id=UUID(authorizer["person_id"]),
            roles=frozenset(authorizer.get("roles", "").split()),
            permissions=frozenset(authorizer.get("permissions", "").split()),
            session=authorizer.get("session") or None,
            issued_at=int(authorizer.get("issued_at", 0)),
        )

    def require(self, permission: str, *or_else: str) -> Self:
        """Raises `PermissionMissingError` unless the caller's roles give the permission, or one of `or_else`."""
        if self.permissions.isdisjoint((permission, *or_else)):
            raise PermissionMissingError("Your account may not do this.", permission=permission)
        return self


def permitted(permission: str, *or_else: str) -> Callable[[Request], Caller]:
    """A dependency for REST operations: the caller, who has the permission, or one of `or_else`."""
    # Imported here: a WebSocket route needs `Caller`, and not the REST resolver, which costs its cold start 78 ms.
    from aws_lambda_powertools.event_handler.request import Request

    def caller(request: Request) -> Caller:
        from rideflow.kernel.observability import bind

        signed_in = Caller.of(request.resolved_event["requestContext"].get("authorizer"))
        bind(person_id=signed_in.id)
        return signed_in.require(permission, *or_else)

    # Read at every request: as text they would be compiled each time.
    caller.__annotations__ = {"request": Request, "return": Caller}
    return caller
