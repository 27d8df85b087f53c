"""The roles as they are now, for the authorizer: what ships with the release, and what staff changed since."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

from rideflow.identity.errors import RolesUnavailableError
from rideflow.identity.model import RoleChange, Roles, shipped_roles

FRESH_FOR_S = 1.0
"""API Gateway keeps an authorizer's answer for 3 seconds more; what was changed has to be in force within 5."""


class RoleChangeSource(Protocol):
    """What staff changed. Raises `RolesUnavailableError`."""

    def all(self) -> list[RoleChange]: ...


class RolesInForce:
    """Reads what was changed at most once in `FRESH_FOR_S`, also while DynamoDB does not answer.

    While it does not, an environment goes on with what it read last. One that has read nothing yet lets riders and
    drivers do what the release ships, and staff nothing: a permission that was taken from staff must not come back.
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
