"""Values of dispatch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, NamedTuple
from uuid import UUID

from rideflow.kernel.geo import Point
from rideflow.kernel.money import Money
from rideflow.kernel.ride_requirements import NO_REQUIREMENTS, RideRequirements
from rideflow.kernel.vehicles import ProductId, Vehicle
from rideflow.supply.model import PassedTrip, PlacedDriver, TripChange, TripInHand, TripState

PROMISE_KEPT_FOR = timedelta(minutes=2)
"""How much later than expected a driver may drop off before others are asked to take the trip they promised."""

Outcome = Literal["assigned", "cancelled", "no_driver_found"]
OfferState = Literal["open", "promised", "accepted", "declined", "expired", "withdrawn"]


@dataclass(frozen=True, slots=True)
class Strategy:
    """How a zone is dispatched: data, so that zones differ without code."""

    name: Literal["joint", "broadcast"] = "joint"
    offers_per_trip: int = 1
    offers_per_driver: int = 1
    forward_s: int = 0
    """How soon a driver on a trip must be expected to drop off to be offered the next one; 0 asks only free ones."""


@dataclass(frozen=True, slots=True)
class ZoneState:
    """How a zone is dispatched, how many riders wait in it for a driver, and since when the first of them does."""

    zone_id: str
    market: str
    strategy: Strategy
    waiting: int
    waiting_since: datetime | None


@dataclass(frozen=True, slots=True)
class OpenRequest:
    """A trip that waits for a driver until `waits_until`; if it `is_promised`, for its driver to drop off."""

    trip_id: UUID
    rider_id: UUID
    product: ProductId
    pickup: Point
    dropoff: Point
    waiting_since: datetime
    waits_until: datetime
    drivers_asked: int
    live_offers: int
    is_promised: bool


@dataclass(frozen=True, slots=True)
class WaitingRequest:
    """An open request as a tick reads it. `next_end` is when the first of its live offers ends."""

    trip_id: UUID
    rider_id: UUID
    product: ProductId
    pickup: Point
    opened_at: datetime
    quoted_duration: timedelta
    asked: frozenset[UUID]
    live_offers: int
    next_end: datetime | None
    requirements: RideRequirements = NO_REQUIREMENTS
    dropoff: Point | None = None


class WaitingTrip(NamedTuple):
    """A trip that waits for a driver, and whose it is."""

    trip_id: UUID
    rider_id: UUID


@dataclass(frozen=True, slots=True)
class EndedOffer:
    """An offer that its driver declined, let expire or lost, of a trip that waits in `zone`; maybe it was promised."""

    trip_id: UUID
    rider_id: UUID
    driver: PlacedDriver
    zone: str
    pickup: Point
    was_promised: bool

    @property
    def passed(self) -> PassedTrip:
        return PassedTrip(self.driver.driver_id, self.zone, self.pickup)


@dataclass(frozen=True, slots=True)
class MadeOffer:
    """An offer that was written. `reserved_until` is set where it took the driver's last free slot.

    `after_trip_id` is the trip that the driver is still on.
    """

    trip_id: UUID
    driver_id: UUID
    driver_zone: str
    product: ProductId
    pickup: Point
    dropoff: Point
    fare: Money
    scheduled_for: datetime | None
    pickup_distance_m: int
    pickup_eta_s: int
    expires_at: datetime
    reserved_until: datetime | None
    after_trip_id: UUID | None
    wheelchair: bool = False

    @property
    def driver(self) -> PlacedDriver:
        return PlacedDriver(self.driver_id, self.driver_zone)


@dataclass(frozen=True, slots=True)
class Assignment:
    """A trip that just got its driver.

    `other_drivers` held offers of the trip, which are withdrawn; in `other_zones` trips lost an offer because their
    driver took this one, in spite of `broken_promises`.
    """

    trip_id: UUID
    rider_id: UUID
    driver_id: UUID
    state: TripState
    version: int
    market: str
    zone: str
    driver_zone: str
    vehicle: Vehicle
    driver_name: str | None
    driver_rating: float | None
    pickup: Point
    at: datetime
    other_drivers: Sequence[PlacedDriver]
    other_zones: Sequence[str]
    broken_promises: Sequence[WaitingTrip]

    @property
    def trip_change(self) -> TripChange:
        """What it means for the driver."""
        in_hand = TripInHand(self.trip_id, self.rider_id, self.state, self.pickup)
        return TripChange(self.driver_id, self.trip_id, self.version, self.at, in_hand)


@dataclass(frozen=True, slots=True)
class Promise:
    """A trip that its driver will take when they have completed the one in hand; others are asked from `until` on.

    `other_drivers` held offers of the trip, as of an `Assignment`; `is_new` is False for a repeated accept.
    """

    trip_id: UUID
    rider_id: UUID
    driver_id: UUID
    zone: str
    driver_zone: str
    after_trip_id: UUID
    pickup_at: datetime
    until: datetime
    is_new: bool
    other_drivers: Sequence[PlacedDriver]
    other_zones: Sequence[str]
