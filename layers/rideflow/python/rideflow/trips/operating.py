"""What operators may do to trips: see what is stuck, complete, cancel with a verdict, reassign.

| operation | the trip is                            | then                                                          |
|-----------|----------------------------------------|---------------------------------------------------------------|
| complete  | in_progress                            | completed, when the operator says since its start, or now     |
| cancel    | not over, also with the rider on board | cancelled; the rider pays the market's fee if it is their fault |
| reassign  | driver_assigned, driver_arrived        | matched anew without the driver whom the operator names       |

A repeat succeeds; any other state is a conflict that names it, and so is another verdict than the one that stands.
Nobody pays for a driver whom they never had.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID

from rideflow.kernel.clock import Clock
from rideflow.kernel.model import stored
from rideflow.kernel.paging import read_cursor
from rideflow.markets import withdrawn
from rideflow.markets.model import Markets
from rideflow.markets.rules import Stays
from rideflow.trips import cancellation
from rideflow.trips.cancellation import BY_OPERATOR
from rideflow.trips.errors import TripConflictError
from rideflow.trips.history import read_page
from rideflow.trips.late import happened_for_operator, told_late
from rideflow.trips.model import Actor, Change, LogEntry, Operation, Trip, Verdict, changed
from rideflow.trips.service import Trips, version_when_left

if TYPE_CHECKING:
    from rideflow.trips.silence_store import PostgresSilences

UNSETTLED_FOR = timedelta(minutes=30)
"""Sagas that failed are started anew each minute; what they could not settle by then may need somebody."""


@dataclass(frozen=True, slots=True)
class StuckTrip:
    """A trip that needs an operator.

    `since` is when its driver was last heard (`driver_silent`), when it came into its state (`too_long`), or when it
    ended (`not_settled`).
    """

    trip: Trip
    reason: Literal["driver_silent", "too_long", "not_settled"]
    since: datetime


@dataclass(frozen=True, slots=True)
class StuckPage:
    """Some of the trips that need an operator; `next_cursor` asks for the next ones, None on the last page."""

    trips: tuple[StuckTrip, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class StuckList:
    """The trips that need an operator."""

    silences: PostgresSilences
    markets: Markets
    clock: Clock

    def stuck(self, limit: int, cursor: str | None) -> StuckPage:
        """What is stuck, and why; in the order of the requests. Raises `CursorInvalidError`."""
        now, after = self.clock(), UUID(int=0) if cursor is None else read_cursor(cursor)
        stays: dict[str | None, Stays] = {market.id: market.rules.stays for market in self.markets.all}
        stays[None] = withdrawn.RULES.stays
        rows = self.silences.stuck(after, limit + 1, stays, now=now, unsettled_before=now - UNSETTLED_FOR)
        trips, next_cursor = read_page(rows, limit, _stuck, "stuck_trip")
        return StuckPage(trips, next_cursor)


@dataclass(frozen=True, slots=True)
class Operators:
    """What operators change of trips. The caller keeps the audit log, in one transaction with the change."""

    trips: Trips
    markets: Markets
    clock: Clock

    def complete(self, operator_id: UUID, trip_id: UUID, happened_at: datetime | None) -> Trip:
        """The ride ended then, or now. Raises `ImplausibleTimeError`, `TripConflictError`, `TripNotFoundError`."""
        now = self.clock()

        def decide(trip: Trip) -> Change | None:
            if changed(trip, Operation.COMPLETE, Actor.PLATFORM, now) is None:
                return None
            since, rules = trip.started_at or trip.requested_at, self.markets.rules_of(trip.market)
            at = happened_for_operator(happened_at, now, since, rules.arrival)
            return changed(
                trip, Operation.COMPLETE, Actor.PLATFORM, at, actor_id=operator_id,
                told={"reason": BY_OPERATOR, **told_late(at, now)}, completed_at=at, ended_at=now,
            )  # fmt: skip

        return self.trips.change(trip_id, decide)

    def cancel(self, operator_id: UUID, trip_id: UUID, verdict: Verdict) -> Trip:
        """The trip ends without a fare. Raises `TripConflictError`, `TripNotFoundError`."""
        now = self.clock()

        def decide(trip: Trip) -> Change | None:
            if trip.cancel_verdict not in (None, verdict):
                raise TripConflictError(
                    f"The trip was cancelled with the verdict {trip.cancel_verdict}, which stands.", state=trip.state
                )
            rules = self.trips.cancellation_rules(trip)
            return cancellation.cancelled_by_operator(trip, operator_id, verdict, now, rules)

        return self.trips.change(trip_id, decide)

    def reassign(self, operator_id: UUID, trip_id: UUID, driver_id: UUID) -> Trip:
        """The trip is taken from this driver, and from no other. Raises `TripConflictError`, `TripNotFoundError`."""
        now = self.clock()

        def decide(trip: Trip) -> Change | None:
            if _has_lost(driver_id, trip, self.trips.log(trip_id)):
                return None
            if trip.driver_id != driver_id:
                raise TripConflictError("This driver does not have the trip.", state=trip.state)
            return cancellation.handed_back(trip, Actor.PLATFORM, operator_id, BY_OPERATOR, now)

        return self.trips.change(trip_id, decide)


def _has_lost(driver_id: UUID, trip: Trip, log: Sequence[LogEntry]) -> bool:
    """Whether the driver had the trip and handed it back, or it was taken from them."""
    return trip.driver_id != driver_id and version_when_left(driver_id, log) is not None


def _stuck(row: Mapping[str, Any]) -> StuckTrip:
    return StuckTrip(stored(Trip, row), row["reason"], row["since"])
