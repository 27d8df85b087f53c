"""The scheduled ride: its states, the table of its transitions, and the rules for its pickup time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from rideflow.kernel.changes import Transition, next_state
from rideflow.kernel.errors import DomainError
from rideflow.kernel.geo import Point
from rideflow.kernel.ride_requirements import Needs
from rideflow.markets.rules import SchedulingRules
from rideflow.trips.errors import (
    PickupTooFarAheadError,
    PickupTooSoonError,
    ScheduledRideConflictError,
    ScheduledRidesOverlapError,
    TooManyScheduledRidesError,
)
from rideflow.trips.model import Actor

type HeldUp = Literal["active_trip", "payment_method", "market_withdrawn", "late"]
"""Why a due ride is not a trip: its rider is on a trip or has no card, its zone was withdrawn, or we were late."""


class RideState(StrEnum):
    """The state of a scheduled ride."""

    SCHEDULED = "scheduled"
    DISPATCHED = "dispatched"
    CANCELLED = "cancelled"
    MISSED = "missed"


SCHEDULED, DISPATCHED, CANCELLED, MISSED = list(RideState)


class RideOperation(StrEnum):
    """An operation on a scheduled ride. The value completes the sentence "the ride cannot ..."."""

    EDIT = "be edited"
    CANCEL = "be cancelled"
    HOLD_UP = "be held up"
    DISPATCH = "be dispatched"
    MISS = "be missed"


def _row(leads_to: RideState | None, event: str) -> Transition[RideState]:
    done_in = frozenset[RideState]() if leads_to is None else frozenset({leads_to})
    return Transition(frozenset({SCHEDULED}), leads_to, done_in, event)


# fmt: off
RIDE_TRANSITIONS: Mapping[RideOperation, Transition[RideState]] = {
    #                            from scheduled to  logged as
    RideOperation.EDIT:     _row(None,              "ScheduledRideEdited"),
    RideOperation.CANCEL:   _row(CANCELLED,         "ScheduledRideCancelled"),
    RideOperation.HOLD_UP:  _row(None,              "ScheduledRideHeldUp"),
    RideOperation.DISPATCH: _row(DISPATCHED,        "ScheduledRideDispatched"),
    RideOperation.MISS:     _row(MISSED,            "ScheduledRideMissed"),
}
# fmt: on


class ScheduledRide(BaseModel):
    """A scheduled ride: one row of `scheduled_rides`. `version` counts its changes.

    `pickup_at` and all other times are instants (UTC). `time_zone` is the market's, in which times are shown.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)

    id: UUID
    rider_id: UUID
    state: RideState
    version: int
    pickup_at: datetime
    time_zone: str
    market: str
    zone: str
    product: str
    needs: Needs = Needs()
    pickup_lat: float
    pickup_lng: float
    pickup_cell: int
    dropoff_lat: float
    dropoff_lng: float
    dropoff_cell: int
    quote_id: UUID
    quoted_at: datetime
    quoted_amount_minor: int
    currency: str
    quote_breakdown: dict[str, Any]
    quoted_distance_m: int
    quoted_duration_s: int
    booked_at: datetime
    held_up_by: HeldUp | None = None
    trip_id: UUID | None = None
    ended_at: datetime | None = None

    @property
    def pickup(self) -> Point:
        return Point(lat=self.pickup_lat, lng=self.pickup_lng)

    @property
    def dropoff(self) -> Point:
        return Point(lat=self.dropoff_lat, lng=self.dropoff_lng)


class RideLogEntry(BaseModel):
    """A row of `scheduled_ride_events`. `data` are the ride's fields that the change set (JSON), with `state`."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    scheduled_ride_id: UUID
    seq: int
    type: str
    at: datetime
    actor: Actor
    actor_id: UUID | None
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class RideChange:
    """The ride after a change, and the log entry of the change."""

    ride: ScheduledRide
    entry: RideLogEntry


@dataclass(frozen=True, slots=True)
class OpenRide:
    """Another ride that the same rider has scheduled."""

    id: UUID
    pickup_at: datetime


def booked(ride: ScheduledRide) -> RideChange:
    """The first change of a ride. Its log entry has all fields of the ride."""
    data = ride.model_dump(mode="json", exclude={"id", "version"})
    return RideChange(ride, _entry(ride, "ScheduledRideBooked", Actor.RIDER, ride.booked_at, data))


def ride_changed(
    ride: ScheduledRide, operation: RideOperation, by: Actor, at: datetime, **fields: Any
) -> RideChange | None:
    """The ride after `operation`, with `fields` set; None if the operation has happened already.

    Raises `ScheduledRideConflictError` in any state that the table does not name.
    """
    transition = RIDE_TRANSITIONS[operation]
    state = next_state(transition, ride.state, lambda: ride_conflict(ride, operation))
    if state is None:
        return None
    after = ride.model_copy(update={**fields, "state": state, "version": ride.version + 1})
    data = after.model_dump(mode="json", include={"state", *fields})
    return RideChange(after, _entry(after, transition.event, by, at, data))


def ride_conflict(ride: ScheduledRide, operation: RideOperation) -> ScheduledRideConflictError:
    """The error for an operation that the ride's state does not allow. It names the trip of a dispatched ride."""
    return ScheduledRideConflictError(
        f"The ride is {ride.state}: it cannot {operation} any more.",
        state=ride.state,
        trip_id=None if ride.trip_id is None else str(ride.trip_id),
    )


def too_soon(pickup_at: datetime, now: datetime, rules: SchedulingRules) -> DomainError | None:
    """The error for a pickup time that is too soon; None if there is enough time."""
    if pickup_at - now >= rules.earliest:
        return None
    return PickupTooSoonError(
        f"Schedule a ride at least {rules.earliest_s // 60} minutes ahead.",
        field="pickup_at",
        earliest=(now + rules.earliest).isoformat(),
    )


def does_not_fit(
    pickup_at: datetime, quoted_at: datetime, others: Iterable[OpenRide], rules: SchedulingRules
) -> DomainError | None:
    """The error for a pickup time that is too far ahead, or does not fit the rider's `others`; None if it fits.

    | the pickup time                             | the rider's other rides   | error                     |
    |---------------------------------------------|---------------------------|---------------------------|
    | is further off than the quote's price holds |                           | pickup_too_far_ahead      |
    |                                             | are as many as allowed    | too_many_scheduled_rides  |
    |                                             | one is too near in time   | scheduled_rides_overlap   |
    """
    if pickup_at - quoted_at > rules.latest:
        return PickupTooFarAheadError(
            f"The quoted price holds for {rules.latest_days} days: choose an earlier time, or ask for a new quote.",
            field="pickup_at",
            latest=(quoted_at + rules.latest).isoformat(),
        )
    open_rides = list(others)
    if len(open_rides) >= rules.most_open:
        return TooManyScheduledRidesError(f"You have {rules.most_open} scheduled rides, which is the most.")
    for other in open_rides:
        if abs(other.pickup_at - pickup_at) < rules.apart:
            return ScheduledRidesOverlapError(
                f"You have another ride within {rules.apart_s // 60} minutes of this time.",
                field="pickup_at",
                scheduled_ride_id=str(other.id),
            )
    return None


def _entry(ride: ScheduledRide, type: str, by: Actor, at: datetime, data: dict[str, Any]) -> RideLogEntry:  # noqa: A002
    return RideLogEntry(
        scheduled_ride_id=ride.id, seq=ride.version, type=type, at=at, actor=by,
        actor_id=ride.rider_id if by is Actor.RIDER else None, data=data,
    )  # fmt: skip
