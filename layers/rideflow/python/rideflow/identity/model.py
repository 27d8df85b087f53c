"""Roles, and the one table of what each may do."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Literal

RIDER_PERMISSIONS = frozenset(
    {
        "profile:write",
        "card:write",
        "quote:create",
        "trip:create",
        "trip:read",
        "trip:cancel",
        "trip:rate",
        "location:nearby",
        "realtime:connect",
    }
)
DRIVER_PERMISSIONS = frozenset(
    {
        "driver:write",
        "vehicle:write",
        "availability:write",
        "location:write",
        "offer:answer",
        "trip:read",
        "trip:drive",
        "trip:cancel",
        "trip:rate",
        "realtime:connect",
    }
)
OPERATOR_PERMISSIONS = frozenset(
    {
        "driver:verify",
        "trip:read:any",
        "trip:dispatch",
        "trip:complete:any",
        "trip:cancel:any",
        "trip:reassign:any",
        "zone:read",
        "zone:write",
        "outbox:read",
        "outbox:redrive",
        "realtime:connect",
        "location:nearby",
    }
)


class Role(StrEnum):
    """A role is a group of the Cognito pool; a person may have several."""

    RIDER = "rider"
    DRIVER = "driver"
    OPERATOR = "operator"
    ADMIN = "admin"


type ChosenRole = Literal["rider", "driver"]
"""The roles that a person may give themselves at registration."""

PERMISSIONS: dict[Role, frozenset[str]] = {
    Role.RIDER: RIDER_PERMISSIONS,
    Role.DRIVER: DRIVER_PERMISSIONS,
    Role.OPERATOR: OPERATOR_PERMISSIONS,
    Role.ADMIN: OPERATOR_PERMISSIONS | {"role:manage"},
}


def roles_in(groups: Iterable[str]) -> list[Role]:
    """The groups that are roles, sorted; a group of another meaning gives nothing."""
    return sorted(Role(group) for group in set(groups) if group in Role)


def permissions_of(roles: Iterable[Role]) -> list[str]:
    """Everything that at least one of the roles permits, sorted."""
    return sorted(frozenset[str]().union(*(PERMISSIONS[role] for role in roles)))
