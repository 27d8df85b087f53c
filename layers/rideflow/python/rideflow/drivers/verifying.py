"""Verification of drivers by operators. Each attempt is in the audit log, whether done or refused."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from rideflow.drivers.api import DriverView
from rideflow.drivers.service import Driving
from rideflow.kernel import audit
from rideflow.kernel.audit import OperatorAction
from rideflow.kernel.clock import Clock
from rideflow.kernel.errors import DomainError
from rideflow.kernel.outbox import Outbox
from rideflow.kernel.postgres import Database


@dataclass(frozen=True, slots=True)
class Verifying:
    """Verifies drivers. The audit row is committed with the change; a refusal is recorded alone."""

    driving: Driving
    outbox: Outbox
    database: Database
    clock: Clock

    def verify(self, driver_id: UUID, operator_id: UUID) -> DriverView:
        """Raises `DriverNotFoundError`."""
        try:
            with self.outbox.transaction():
                view = self.driving.verify(driver_id, operator_id)
                self._record(driver_id, operator_id, "done")
        except DomainError as refused:
            self._record(driver_id, operator_id, refused.code)
            raise
        return view

    def _record(self, driver_id: UUID, operator_id: UUID, outcome: str) -> None:
        details = {"driver_id": str(driver_id)}
        audit.record(self.database, OperatorAction(self.clock(), operator_id, "verify_driver", None, outcome, details))
