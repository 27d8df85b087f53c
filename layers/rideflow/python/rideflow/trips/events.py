"""What trips publish on the bus, source `rideflow.trips`. The class's name is EventBridge's detail-type."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar, Self
from uuid import UUID

from rideflow.kernel.events import DomainEvent
from rideflow.trips.model import Actor, Change, Trip, TripState, Verdict


class TripEvent(DomainEvent):
    """What every event of a trip tells. `version` orders the events of one trip."""

    context: ClassVar[str] = "trips"

    trip_id: UUID
    rider_id: UUID
    driver_id: UUID | None
    version: int
    state: TripState
    zone: str
    market: str

    @classmethod
    def of(cls, trip: Trip, at: datetime, **more: Any) -> Self:
        """The event of what just happened to the trip."""
        common = {
            "at": at,
            "trip_id": trip.id,
            "rider_id": trip.rider_id,
            "driver_id": trip.driver_id,
            "version": trip.version,
            "state": trip.state,
            "zone": trip.zone,
            "market": trip.market,
        }
        return cls.model_validate({**common, **more})


class TripRequested(TripEvent):
    """A rider wants to go. The match saga starts. `waits_until` is how long the rider of a scheduled ride waits."""

    product: str
    quoted_amount_minor: int
    currency: str
    waits_until: datetime | None


class TripMatching(TripEvent):
    """The money is held; a driver is looked for."""


class DriverAssigned(TripEvent):
    """A driver's accept won."""

    vehicle: dict[str, Any]


class DriverCancelled(TripEvent):
    """`driver_id` gave the trip back before its start, or it was taken from them (`by`); another one is looked for."""

    by: Actor
    reason: str | None
    waits_until: datetime | None


class DriverArrived(TripEvent):
    """The driver waits at the pickup."""


class TripStarted(TripEvent):
    """The rider is on board: the PIN was right."""


class TripCompleted(TripEvent):
    """The rider is where they wanted to go, or the ride was ended for another `reason`. The settle saga starts."""

    started_at: datetime
    completed_at: datetime
    reason: str | None


class TripCancelled(TripEvent):
    """The trip ended without a ride; `fee_minor` is what the rider owes for it."""

    cancelled_by: Actor
    reason: str | None
    verdict: Verdict | None
    rule: str | None
    fee_minor: int
    currency: str


class NoDriverFound(TripEvent):
    """Nobody took the trip within the rider's patience."""


class TripPaid(TripEvent):
    """The fare was captured."""

    amount_minor: int
    currency: str


class TripPaymentFailed(TripEvent):
    """The fare could not be captured; the rider owes it."""


class TripRated(TripEvent):
    """One side rated the other."""

    rater: Actor
    ratee_id: UUID
    stars: int


def announced(change: Change) -> list[TripEvent]:
    """What the bus is told of a change: one event, or none where it concerns nobody else."""
    event = _EVENTS.get(change.entry.type)
    return [] if event is None else [event.of(change.trip, change.entry.at, **_more(change))]


_EVENTS: dict[str, type[TripEvent]] = {
    event.__name__: event
    for event in (
        TripRequested, TripMatching, DriverAssigned, DriverCancelled, DriverArrived, TripStarted, TripCompleted,
        TripCancelled, NoDriverFound, TripPaid, TripPaymentFailed,
    )
}  # fmt: skip


def _more(change: Change) -> dict[str, Any]:
    """What the change's event tells beyond the common."""
    trip, entry = change.trip, change.entry
    match entry.type:
        case "TripRequested":
            names = ("product", "quoted_amount_minor", "currency", "waits_until")
            return {name: getattr(trip, name) for name in names}
        case "DriverAssigned":
            return {"vehicle": trip.vehicle}
        case "DriverCancelled":
            left_by, reason = entry.data.get("left_by"), entry.data.get("reason")
            return {"driver_id": left_by, "by": entry.actor, "reason": reason, "waits_until": trip.waits_until}
        case "TripCompleted":
            reason = entry.data.get("reason")
            return {"started_at": trip.started_at, "completed_at": trip.completed_at, "reason": reason}
        case "TripCancelled":
            return {
                "cancelled_by": trip.cancelled_by,
                "reason": trip.cancel_reason,
                "verdict": trip.cancel_verdict,
                "rule": trip.cancel_rule,
                "fee_minor": trip.cancellation_fee_minor,
                "currency": trip.currency,
            }
        case "TripPaid":
            return {"amount_minor": trip.final_amount_minor or 0, "currency": trip.currency}
        case _:
            return {}
