"""Roles, and what each of them permits.

The roles of a release are data (`roles.json`). Changes that staff make at run time are stored beside them, as granted
and denied permissions, so that a later release can still add permissions to a changed role.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

type ChosenRole = Literal["rider", "driver"]
"""The roles that a person may give themselves at registration: those that the data marks as chosen."""


@dataclass(frozen=True, slots=True)
class Role:
    """A role is a group of the Cognito pool; a person may have several."""

    name: str
    description: str
    permissions: frozenset[str]
    is_chosen: bool = False


@dataclass(frozen=True, slots=True)
class RoleChange:
    """The latest change of a role by staff; `version` counts the changes from 1."""

    role: str
    granted: frozenset[str] = frozenset()
    denied: frozenset[str] = frozenset()
    version: int = 1


@dataclass(frozen=True)
class Roles:
    """Every role by its name. A role that only a change names was created by staff: it has the granted permissions."""

    by_name: Mapping[str, Role] = field(default_factory=dict)

    def changed(self, changes: Iterable[RoleChange]) -> Roles:
        """These roles after the changes."""
        roles = dict(self.by_name)
        for change in changes:
            before = roles.get(change.role) or Role(change.role, "", frozenset())
            permissions = (before.permissions | change.granted) - change.denied
            roles[change.role] = Role(before.name, before.description, permissions, before.is_chosen)
        return Roles(roles)

    def chosen(self) -> Roles:
        """Only the roles that people give themselves."""
        return Roles({name: role for name, role in self.by_name.items() if role.is_chosen})

    def among(self, groups: Iterable[str]) -> list[str]:
        """The groups that are roles, sorted; a group of another meaning gives nothing."""
        return sorted(group for group in set(groups) if group in self.by_name)

    def permissions_of(self, roles: Iterable[str]) -> list[str]:
        """Everything that at least one of the roles permits, sorted."""
        return sorted(frozenset[str]().union(*(self.by_name[role].permissions for role in roles)))


@cache
def shipped_roles() -> Roles:
    """The roles of this release."""
    described = _shipped()["roles"]
    return Roles(
        {
            name: Role(name, role["description"], _permissions(name, described), role.get("is_chosen", False))
            for name, role in described.items()
        }
    )


@cache
def known_permissions() -> Mapping[str, str]:
    """Every permission that an operation of this release requires, with its description."""
    described: dict[str, str] = _shipped()["permissions"]
    return described


def _permissions(name: str, described: Mapping[str, Any]) -> frozenset[str]:
    own = frozenset(described[name]["permissions"])
    return own.union(*(_permissions(other, described) for other in described[name].get("includes", ())))


@cache
def _shipped() -> Any:
    return json.loads(Path(__file__).with_name("roles.json").read_text(encoding="utf-8"))
