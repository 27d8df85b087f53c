"""The trip: its states, the one table of its transitions, and its log."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from rideflow.kernel.changes import Transition, next_state
from rideflow.kernel.geo import Point
from rideflow.kernel.model import stored
from rideflow.kernel.ride_requirements import Needs
from rideflow.kernel.vehicles import Vehicle
from rideflow.markets.rules import FrozenCancellation
from rideflow.trips.errors import TripConflictError


class TripState(StrEnum):
    """Where a trip is in its life."""

    REQUESTED = "requested"
    MATCHING = "matching"
    DRIVER_ASSIGNED = "driver_assigned"
    DRIVER_ARRIVED = "driver_arrived"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    PAID = "paid"
    PAYMENT_FAILED = "payment_failed"
    NO_DRIVER_FOUND = "no_driver_found"
    CANCELLED = "cancelled"


REQUESTED, MATCHING, DRIVER_ASSIGNED, DRIVER_ARRIVED, IN_PROGRESS = list(TripState)[:5]
COMPLETED, PAID, PAYMENT_FAILED, NO_DRIVER_FOUND, CANCELLED = list(TripState)[5:]

ACTIVE = frozenset({REQUESTED, MATCHING, DRIVER_ASSIGNED, DRIVER_ARRIVED, IN_PROGRESS})
"""The states of a trip that is not over. A rider has one such trip at most."""

RIDDEN = frozenset({COMPLETED, PAID, PAYMENT_FAILED})
"""The states of a trip that was driven to its end."""

NOT_RIDDEN = frozenset({NO_DRIVER_FOUND, CANCELLED})
"""The states of a trip that ended without a ride."""

RIDERS_PATIENCE = timedelta(minutes=5)
"""How long a rider waits for a driver; of a scheduled ride until `waits_until`, if that is later."""


class Operation(StrEnum):
    """What can be done to a trip; the value completes the sentence "the trip cannot ..."."""

    BEGIN_MATCHING = "begin matching"
    REJECT_PAYMENT = "be refused for its payment"
    GIVE_UP = "be given up"
    ASSIGN = "be assigned"
    ARRIVE = "be arrived at"
    REFUSE_PIN = "refuse a PIN"
    START = "start"
    COMPLETE = "be completed"
    CANCEL = "be cancelled"
    STOP = "be cancelled by an operator"
    HAND_BACK = "be handed back"
    SETTLE = "be paid"
    FAIL_PAYMENT = "fail to be paid"
    CLOSE_BOOKS = "be settled without a ride"


def _row(
    allowed_in: set[TripState], leads_to: TripState | None, event: str, *later: TripState
) -> Transition[TripState]:
    """`later` are the states that follow by themselves, in which a repeat of the operation still succeeds."""
    done_in = frozenset(later) if leads_to is None else frozenset({leads_to, *later})
    return Transition(frozenset(allowed_in), leads_to, done_in, event)


# fmt: off
_COMING = {DRIVER_ASSIGNED, DRIVER_ARRIVED}
_SETTLED = (PAID, PAYMENT_FAILED)
TRANSITIONS: Mapping[Operation, Transition[TripState]] = {
    #                              allowed in                       leads to         logged as
    Operation.BEGIN_MATCHING: _row({REQUESTED},                     MATCHING,        "TripMatching"),
    Operation.REJECT_PAYMENT: _row({REQUESTED},                     CANCELLED,       "TripCancelled"),
    Operation.GIVE_UP:        _row({MATCHING},                      NO_DRIVER_FOUND, "NoDriverFound"),
    Operation.ASSIGN:         _row({MATCHING},                      DRIVER_ASSIGNED, "DriverAssigned"),
    Operation.ARRIVE:         _row({DRIVER_ASSIGNED},               DRIVER_ARRIVED,  "DriverArrived"),
    Operation.REFUSE_PIN:     _row({DRIVER_ARRIVED},                None,            "PinRefused"),
    Operation.START:          _row({DRIVER_ARRIVED},                IN_PROGRESS,     "TripStarted"),
    Operation.COMPLETE:       _row({IN_PROGRESS},                   COMPLETED,       "TripCompleted", *_SETTLED),
    Operation.CANCEL:         _row({REQUESTED, MATCHING} | _COMING, CANCELLED,       "TripCancelled"),
    Operation.STOP:           _row(set(ACTIVE),                     CANCELLED,       "TripCancelled"),
    Operation.HAND_BACK:      _row(_COMING,                         MATCHING,        "DriverCancelled"),
    Operation.SETTLE:         _row({COMPLETED, PAYMENT_FAILED},     PAID,            "TripPaid"),
    Operation.FAIL_PAYMENT:   _row({COMPLETED},                     PAYMENT_FAILED,  "TripPaymentFailed"),
    Operation.CLOSE_BOOKS:    _row({CANCELLED, NO_DRIVER_FOUND},    None,            "TripSettled"),
}
# fmt: on


HANDED_BACK = TRANSITIONS[Operation.HAND_BACK].event


class Actor(StrEnum):
    """The author of a change. `platform` is us, deciding; `system` is a step that follows from a decision."""

    RIDER = "rider"
    DRIVER = "driver"
    PLATFORM = "platform"
    SYSTEM = "system"


class Verdict(StrEnum):
    """The side at fault when a trip ended without a ride."""

    RIDER = "rider"
    DRIVER = "driver"
    NOBODY = "nobody"


class Trip(BaseModel):
    """A trip as it stands: one row of `trips`. `version` counts its changes.

    `arrived_at` is when the driver arrived, as they say, and `arrival_told_at` when they said so; null of trips from
    before it was kept. `arrival_distance_m` is how far from the pickup the driver's phone was at the arrival; null if
    nothing could tell, and then nothing is charged for waiting. `cancel_rule` names the rule of `cancel_verdict`.

    `cancellation_terms` are the rules for cancelling it, as they were quoted; null of trips from before they were kept.

    One that was a scheduled ride is `scheduled_for` a time, and its rider waits for a driver until `waits_until`.

    `vehicle` is the one of `vehicle_id`, as drivers publish it. Sweepers show it to nobody, and read trips without it.
    It is no column, and no dump of the trip has it: a plate is personal data, which drivers alone keep.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)

    id: UUID
    rider_id: UUID
    driver_id: UUID | None = None
    state: TripState
    version: int
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
    quoted_amount_minor: int
    currency: str
    quote_breakdown: dict[str, Any]
    quoted_distance_m: int
    quoted_duration_s: int
    cancellation_terms: FrozenCancellation | None = None
    pin: str
    pin_attempts: int = 0
    pin_locked_until: datetime | None = None
    requested_at: datetime
    matching_at: datetime | None = None
    assigned_at: datetime | None = None
    arrived_at: datetime | None = None
    arrival_told_at: datetime | None = None
    started_at: datetime | None = None
    completed_at: datetime | None = None
    ended_at: datetime | None = None
    settled_at: datetime | None = None
    cancelled_by: Actor | None = None
    arrival_distance_m: int | None = None
    cancel_reason: str | None = None
    cancel_verdict: Verdict | None = None
    cancel_rule: str | None = None
    cancellation_fee_minor: int = 0
    vehicle_id: UUID | None = None
    vehicle: Annotated[Vehicle | None, Field(exclude=True)] = None
    driven_distance_m: int | None = None
    driven_duration_s: int | None = None
    final_breakdown: dict[str, Any] | None = None
    final_amount_minor: int | None = None
    scheduled_ride_id: UUID | None = None
    scheduled_for: datetime | None = None
    waits_until: datetime | None = None

    @property
    def pickup(self) -> Point:
        return Point(lat=self.pickup_lat, lng=self.pickup_lng)

    @property
    def dropoff(self) -> Point:
        return Point(lat=self.dropoff_lat, lng=self.dropoff_lng)

    @property
    def waited_for_since(self) -> datetime | None:
        """The time from which waiting counts: the arrival, or the scheduled time if that is later."""
        if self.arrived_at is None or self.scheduled_for is None:
            return self.arrived_at
        return max(self.arrived_at, self.scheduled_for)

    @property
    def no_show_counts_from(self) -> datetime | None:
        """The time from which the no-show time counts: that of waiting, or when the arrival was told if later."""
        since = self.waited_for_since
        return None if since is None else max(since, self.arrival_told_at or since)

    @property
    def is_active(self) -> bool:
        return self.state in ACTIVE


class LogEntry(BaseModel):
    """A row of `trip_events`. `data` are the trip's fields that the change set (JSON), always with `state`."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    trip_id: UUID
    seq: int
    type: str
    at: datetime
    actor: Actor
    actor_id: UUID | None
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """The trip after a change, and the entry that tells of it."""

    trip: Trip
    entry: LogEntry


def requested(trip: Trip, by: Actor = Actor.RIDER) -> Change:
    """The first change of a trip: that it is there. The entry holds the whole of it."""
    data = {name: value for name, value in trip.model_dump(mode="json").items() if name not in _OF_THE_ENTRY}
    entry = LogEntry(
        trip_id=trip.id, seq=trip.version, type="TripRequested", at=trip.requested_at, actor=by,
        actor_id=trip.rider_id if by is Actor.RIDER else None, data=data,
    )  # fmt: skip
    return Change(trip, entry)


def changed(
    trip: Trip,
    operation: Operation,
    by: Actor,
    at: datetime,
    *,
    actor_id: UUID | None = None,
    told: dict[str, Any] | None = None,
    **fields: Any,
) -> Change | None:
    """The trip after `operation`, with `fields` set; None where the operation has happened already: repeats succeed.

    `told` goes into the log entry alone: it says something of the change that is no property of the trip.
    Raises `TripConflictError`, which says why, in any state that the table does not name.
    """
    transition = TRANSITIONS[operation]
    state = next_state(transition, trip.state, lambda: conflict(trip, operation))
    if state is None:
        return None
    after = trip.model_copy(update={**fields, "state": state, "version": trip.version + 1})
    data = after.model_dump(mode="json", include={"state", *fields}) | (told or {})
    entry = LogEntry(
        trip_id=trip.id, seq=after.version, type=transition.event, at=at, actor=by, actor_id=actor_id, data=data
    )
    return Change(after, entry)


def conflict(trip: Trip, operation: Operation) -> TripConflictError:
    """Why the trip's state does not allow the operation."""
    allowed = sorted(TRANSITIONS[operation].allowed_in, key=list(TripState).index)
    return TripConflictError(
        f"The trip is {trip.state}: it cannot {operation} unless it is {' or '.join(allowed)}.", state=trip.state
    )


def rebuilt(entries: Iterable[LogEntry]) -> Trip:
    """The trip that the log tells of, without its `vehicle`, whose id alone the log has.

    The entries are all of one trip, from the first, in order of `seq`.
    """
    fields: dict[str, Any] = {}
    for entry in entries:
        fields |= {**entry.data, "id": entry.trip_id, "version": entry.seq}
    return stored(Trip, fields)


_OF_THE_ENTRY = frozenset({"id", "version"})
"""Told by the entry itself (`trip_id`, `seq`)."""
