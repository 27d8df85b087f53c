"""Values and rules of dispatch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from rideflow.dispatch.errors import (
    AlreadyOnTripError,
    OfferDeclinedError,
    OfferExpiredError,
    OfferNotFoundError,
    OfferWithdrawnError,
    TripEndedError,
    TripTakenError,
)
from rideflow.kernel.errors import DomainError
from rideflow.kernel.geo import Point
from rideflow.kernel.money import Money
from rideflow.kernel.vehicles import VehicleClass

OFFER_LIVES = timedelta(seconds=15)
"""DI4."""

Outcome = Literal["assigned", "cancelled", "no_driver_found"]
OfferState = Literal["open", "accepted", "declined", "expired", "withdrawn"]


@dataclass(frozen=True, slots=True)
class Strategy:
    """How a zone is dispatched: data, so that zones differ without code."""

    name: Literal["joint", "broadcast"] = "joint"
    offers_per_trip: int = 1
    offers_per_driver: int = 1


@dataclass(frozen=True, slots=True)
class WaitingRequest:
    """An open request as a tick reads it. `next_end` is when the first of its live offers ends."""

    trip_id: UUID
    rider_id: UUID
    vehicle_class: VehicleClass
    pickup: Point
    opened_at: datetime
    quoted_duration: timedelta
    asked: frozenset[UUID]
    live_offers: int
    next_end: datetime | None


@dataclass(frozen=True, slots=True)
class MadeOffer:
    """An offer that was written. `reserved_until` is set where it took the driver's last free slot."""

    trip_id: UUID
    driver_id: UUID
    vehicle_class: VehicleClass
    pickup: Point
    dropoff: Point
    fare: Money
    pickup_distance_m: int
    pickup_eta_s: int
    expires_at: datetime
    reserved_until: datetime | None


@dataclass(frozen=True, slots=True)
class Assignment:
    """A trip that just got its driver.

    `other_drivers` held offers of the trip, which are withdrawn; in `other_zones` trips lost an offer because their
    driver took this one.
    """

    trip_id: UUID
    rider_id: UUID
    driver_id: UUID
    state: str
    version: int
    city: str
    zone: str
    vehicle: dict[str, Any]
    driver_name: str | None
    driver_rating: float | None
    pickup: Point
    at: datetime
    other_drivers: Sequence[UUID]
    other_zones: Sequence[str]


@dataclass(frozen=True, slots=True)
class LostOffer:
    """What there is to know of an offer whose accept did not win."""

    state: OfferState
    is_over: bool
    outcome: Outcome | None
    trip_state: str | None
    drives_this_trip: bool
    drives_another: bool


def refusal(lost: LostOffer | None) -> DomainError | None:
    """Why the accept did not win; None when it had won before.

    | the driver          | the trip         | the offer | answer          |
    |---------------------|------------------|-----------|-----------------|
    | was never asked     |                  |           | offer_not_found |
    | drives this trip    |                  |           | won before      |
    | drives another trip |                  |           | already_on_trip |
    |                     | is not active    |           | trip_ended      |
    |                     | another drives   |           | trip_taken      |
    |                     | waits            | accepted  | trip_ended      |
    |                     | waits            | declined  | offer_declined  |
    |                     | waits            | withdrawn | offer_withdrawn |
    |                     | waits            | else      | offer_expired   |
    """
    if lost is None:
        return OfferNotFoundError("This trip was not offered to you.")
    if lost.drives_this_trip:
        return None
    if lost.drives_another:
        return AlreadyOnTripError("You are on another trip.")
    if lost.trip_state is None:
        return TripEndedError("The trip is over.")
    if lost.outcome == "assigned" and lost.state != "accepted":
        return TripTakenError("Another driver took this trip.")
    if lost.outcome is not None or lost.state == "accepted":
        return TripEndedError("The trip is not yours any more.")
    if lost.state == "declined":
        return OfferDeclinedError("You declined this offer.")
    if lost.state == "withdrawn":
        return OfferWithdrawnError("This offer was withdrawn.")
    return OfferExpiredError("This offer has expired.")
