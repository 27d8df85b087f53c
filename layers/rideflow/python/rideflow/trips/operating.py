"""What operators do to trips (TR9): see what is stuck, complete, cancel with a verdict, reassign.

Everything is in the audit log, in the transaction of what was done; what was refused is there too.

| operation | the trip is                            | then                                                          |
|-----------|----------------------------------------|---------------------------------------------------------------|
| complete  | in_progress                            | completed, when the operator says since its start, or now     |
| cancel    | not over, also with the rider on board | cancelled; the rider pays the market's fee if it is their fault |
| reassign  | driver_assigned, driver_arrived        | matched anew without the driver whom the operator names       |

A repeat succeeds; any other state is a conflict that names it, and so is another verdict than the one that stands.
Nobody pays for a driver whom they never had.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

from pydantic import Field

from rideflow.kernel import audit
from rideflow.kernel.audit import OperatorAction
from rideflow.kernel.clock import Clock
from rideflow.kernel.errors import DomainError
from rideflow.kernel.model import Request
from rideflow.kernel.outbox import Outbox
from rideflow.kernel.postgres import Database
from rideflow.kernel.text import ONE_LINE
from rideflow.markets import withdrawn
from rideflow.markets.model import Markets
from rideflow.markets.rules import Stays
from rideflow.trips import cancellation
from rideflow.trips.cancellation import BY_OPERATOR
from rideflow.trips.errors import TripConflictError
from rideflow.trips.history import read_cursor, read_page
from rideflow.trips.late import LateRequest, happened_for_operator, told_late
from rideflow.trips.model import Actor, Change, LogEntry, Operation, Trip, Verdict, changed
from rideflow.trips.service import Trips, left_by
from rideflow.trips.views import StuckTripPage, StuckTripView

if TYPE_CHECKING:
    from rideflow.trips.silence_store import PostgresSilences

UNSETTLED_FOR = timedelta(minutes=30)
"""Sagas are started anew each minute; what they could not settle by then needs somebody."""

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


@dataclass(frozen=True, slots=True)
class StuckList:
    """The trips that need an operator."""

    silences: PostgresSilences
    markets: Markets
    clock: Clock

    def stuck(self, limit: int, cursor: str | None) -> StuckTripPage:
        """What is stuck, and why; in the order of the requests. Raises `CursorInvalidError`."""
        now, after = self.clock(), UUID(int=0) if cursor is None else read_cursor(cursor)
        stays: dict[str | None, Stays] = {market.id: market.rules.stays for market in self.markets.all}
        stays[None] = withdrawn.RULES.stays
        rows = self.silences.stuck(after, limit + 1, stays, now=now, unsettled_before=now - UNSETTLED_FOR)
        trips, next_cursor = read_page(rows, limit, StuckTripView.of, "stuck_trip")
        return StuckTripPage(trips=trips, next_cursor=next_cursor)


@dataclass(frozen=True, slots=True)
class Operators:
    """Operators' use cases."""

    trips: Trips
    outbox: Outbox
    database: Database
    markets: Markets
    clock: Clock

    def complete(self, operator_id: UUID, trip_id: UUID, wanted: OperatorComplete) -> Trip:
        """Raises `ImplausibleTimeError`, `TripConflictError`, `TripNotFoundError`."""
        now = self.clock()

        def decide(trip: Trip) -> Change | None:
            if changed(trip, Operation.COMPLETE, Actor.PROVIDER, now) is None:
                return None
            since, rules = trip.started_at or trip.requested_at, self.markets.rules_of(trip.market)
            at = happened_for_operator(wanted.happened_at, now, since, rules.arrival)
            return changed(
                trip, Operation.COMPLETE, Actor.PROVIDER, at, actor_id=operator_id,
                told={"reason": BY_OPERATOR, **told_late(at, now)}, completed_at=at, ended_at=now,
            )  # fmt: skip

        return self._act("complete_trip", operator_id, trip_id, wanted, decide)

    def cancel(self, operator_id: UUID, trip_id: UUID, wanted: OperatorCancel) -> Trip:
        """Raises `TripConflictError`, `TripNotFoundError`."""
        now = self.clock()

        def decide(trip: Trip) -> Change | None:
            if trip.cancel_verdict not in (None, wanted.verdict):
                raise TripConflictError(
                    f"The trip was cancelled with the verdict {trip.cancel_verdict}, which stands.", state=trip.state
                )
            rules = self.markets.rules_of(trip.market).cancellation
            return cancellation.cancelled_by_operator(trip, operator_id, wanted.verdict, now, rules)

        return self._act("cancel_trip", operator_id, trip_id, wanted, decide)

    def reassign(self, operator_id: UUID, trip_id: UUID, wanted: OperatorReassign) -> Trip:
        """Raises `TripConflictError`, `TripNotFoundError`."""
        now = self.clock()

        def decide(trip: Trip) -> Change | None:
            if _is_rid_of(wanted.driver_id, trip, self.trips.log(trip_id)):
                return None
            if trip.driver_id != wanted.driver_id:
                raise TripConflictError("This driver does not have the trip.", state=trip.state)
            return cancellation.handed_back(trip, Actor.PROVIDER, operator_id, BY_OPERATOR, now)

        return self._act("reassign_trip", operator_id, trip_id, wanted, decide)

    def _act(
        self, action: str, operator_id: UUID, trip_id: UUID, wanted: Request, decide: Callable[[Trip], Change | None]
    ) -> Trip:
        details = wanted.model_dump(mode="json")
        try:
            with self.outbox.transaction():
                trip = self.trips.change(trip_id, decide)
                self._record(action, operator_id, trip_id, "done", {**details, "state": trip.state})
        except DomainError as refused:
            self._record(action, operator_id, trip_id, refused.code, details)
            raise
        return trip

    def _record(self, action: str, operator_id: UUID, trip_id: UUID, outcome: str, details: Mapping[str, Any]) -> None:
        audit.record(self.database, OperatorAction(self.clock(), operator_id, action, trip_id, outcome, details))


def _is_rid_of(driver_id: UUID, trip: Trip, log: Sequence[LogEntry]) -> bool:
    """Whether the trip was taken from the driver before, or given back by them."""
    return trip.driver_id != driver_id and left_by(driver_id, log) is not None
