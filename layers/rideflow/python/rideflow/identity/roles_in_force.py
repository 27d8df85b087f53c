"""The roles in force, for the authorizer: those of the release with the changes that staff made."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

from rideflow.identity.errors import RolesUnavailableError
from rideflow.identity.model import RoleChange, Roles, shipped_roles

FRESH_FOR_S = 1.0
"""API Gateway caches the authorizer's policy for 3 more seconds; a change has to be in force within 5."""


class RoleChangeSource(Protocol):
    """Reads the changes of roles, as `role_changes.RoleChanges` does."""

    def all(self) -> list[RoleChange]:
        """Raises `RolesUnavailableError`."""
        ...


class RolesInForce:
    """Reads the changes at most once in `FRESH_FOR_S`, also while DynamoDB does not answer.

    Meanwhile an environment uses the changes that it read last. If it has read none yet, riders and drivers have the
    permissions of the release, and staff have none: a permission that was taken from staff must not come back.
    """

    def __init__(self, changes: RoleChangeSource, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._changes = changes
        self._monotonic = monotonic
        self._roles: Roles | None = None
        self._asked_at: float | None = None

    def __call__(self) -> Roles:
        """Raises botocore's errors if DynamoDB refuses to answer."""
        now = self._monotonic()
        if self._asked_at is None or now - self._asked_at >= FRESH_FOR_S:
            try:
                self._roles = shipped_roles().changed(self._changes.all())
            except RolesUnavailableError:
                from rideflow.kernel.observability import count

                count("RoleChangesUnread")
            self._asked_at = now
        return self._roles or shipped_roles().chosen()
