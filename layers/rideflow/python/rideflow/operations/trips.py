"""What staff do to trips, and the trips that need them.

Trips decides what may be done in which state. Everything is in the audit log, in the transaction of what was done; what
was refused is there too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import Field

from rideflow.kernel import audit
from rideflow.kernel.audit import OperatorAction
from rideflow.kernel.clock import Clock
from rideflow.kernel.errors import DomainError
from rideflow.kernel.model import Request, View
from rideflow.kernel.outbox import Outbox
from rideflow.kernel.postgres import Database
from rideflow.kernel.text import ONE_LINE
from rideflow.operations.reasons import Reasons
from rideflow.trips.late import LateRequest
from rideflow.trips.model import Trip, Verdict
from rideflow.trips.views import TripView

if TYPE_CHECKING:
    from rideflow.kernel.sealing import FreeText, Seals
    from rideflow.trips.operating import Operators, StuckPage, StuckTrip

_NEITHER_OF_THEM = UUID(int=0)
"""Views of stuck trips are for nobody who takes part in the trip: the PIN is its rider's."""

Reason = Annotated[str, Field(min_length=1, max_length=500, description="Why, for the audit log"), ONE_LINE]


class OperatorComplete(LateRequest):
    """End a ride whose driver cannot."""

    reason: Reason


class OperatorCancel(Request):
    """End a trip without a fare; `verdict` says whose fault it is."""

    reason: Reason
    verdict: Verdict


class OperatorReassign(Request):
    """Take the trip from this driver; a repeat never takes it from the next one."""

    reason: Reason
    driver_id: UUID


type _Reasoned = OperatorComplete | OperatorCancel | OperatorReassign


class StuckTripView(View):
    """A trip that needs an operator.

    `since` is when its driver was last heard (`driver_silent`), when it came into its state (`too_long`), or when it
    ended (`not_settled`).
    """

    trip: TripView
    reason: Literal["driver_silent", "too_long", "not_settled"]
    since: datetime

    @classmethod
    def of(cls, stuck: StuckTrip, free_text: FreeText) -> Self:
        return cls(trip=TripView.of(stuck.trip, _NEITHER_OF_THEM, free_text), reason=stuck.reason, since=stuck.since)


class StuckTripPage(View):
    """Some of the trips that need an operator, in the order in which they were requested."""

    trips: tuple[StuckTripView, ...]
    next_cursor: Annotated[str | None, Field(description="Asks for the next ones; null on the last page")]

    @classmethod
    def of(cls, page: StuckPage, seals: Seals) -> Self:
        seals.fetch_keys(stuck.trip.cancel_reason for stuck in page.trips)
        return cls(trips=tuple(StuckTripView.of(stuck, seals) for stuck in page.trips), next_cursor=page.next_cursor)


@dataclass(frozen=True, slots=True)
class OperatorTrips:
    """Each change commits together with its row of the audit log."""

    operators: Operators
    outbox: Outbox
    database: Database
    reasons: Reasons
    clock: Clock

    def complete(self, operator_id: UUID, trip_id: UUID, wanted: OperatorComplete) -> Trip:
        """Raises `ImplausibleTimeError`, `TripConflictError`, `TripNotFoundError`."""
        return self._audited(
            "complete_trip", operator_id, trip_id, wanted,
            lambda: self.operators.complete(operator_id, trip_id, wanted.happened_at),
        )  # fmt: skip

    def cancel(self, operator_id: UUID, trip_id: UUID, wanted: OperatorCancel) -> Trip:
        """Raises `TripConflictError`, `TripNotFoundError`."""
        return self._audited(
            "cancel_trip", operator_id, trip_id, wanted,
            lambda: self.operators.cancel(operator_id, trip_id, wanted.verdict),
        )  # fmt: skip

    def reassign(self, operator_id: UUID, trip_id: UUID, wanted: OperatorReassign) -> Trip:
        """Raises `TripConflictError`, `TripNotFoundError`."""
        return self._audited(
            "reassign_trip", operator_id, trip_id, wanted,
            lambda: self.operators.reassign(operator_id, trip_id, wanted.driver_id),
        )  # fmt: skip

    def _audited(
        self, action: str, operator_id: UUID, trip_id: UUID, wanted: _Reasoned, change: Callable[[], Trip]
    ) -> Trip:
        driver_id = wanted.driver_id if isinstance(wanted, OperatorReassign) else None
        reason = self.reasons.sealed(wanted.reason, trip_id, operator_id, about_driver=driver_id)
        details = wanted.model_dump(mode="json") | {"reason": reason}
        try:
            with self.outbox.transaction():
                trip = change()
                self._record(action, operator_id, trip_id, "done", {**details, "state": trip.state})
        except DomainError as refused:
            self._record(action, operator_id, trip_id, refused.code, details)
            raise
        return trip

    def _record(self, action: str, operator_id: UUID, trip_id: UUID, outcome: str, details: Mapping[str, Any]) -> None:
        audit.record(self.database, OperatorAction(self.clock(), operator_id, action, trip_id, outcome, details))
