"""Values and rules of dispatch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple
from uuid import UUID

from rideflow.dispatch.errors import (
    AlreadyOnTripError,
    AlreadyPromisedError,
    DriverAskedBeforeError,
    DriverHasOfferError,
    DriverIsRiderError,
    DriverNotFoundError,
    DriverOfflineError,
    DriverUnsuitableError,
    OfferDeclinedError,
    OfferExpiredError,
    OfferNotFoundError,
    OfferWithdrawnError,
    TripEndedError,
    TripNotWaitingError,
    TripTakenError,
    VehicleUnsuitableError,
)
from rideflow.kernel.errors import DomainError
from rideflow.kernel.geo import Point
from rideflow.kernel.money import Money
from rideflow.kernel.needs import NOTHING, PLAIN, Asked, Traits, unmet
from rideflow.kernel.vehicles import VehicleClass
from rideflow.trips.errors import DriverBusyError, TripNotFoundError

OFFER_LIVES = timedelta(seconds=15)
"""DI4."""

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
    needs: Asked = NOTHING
    dropoff: Point | None = None


class PlacedDriver(NamedTuple):
    """A driver, and the zone in which they were found: not always that of the trip they were asked to take."""

    driver_id: UUID
    zone: str


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


@dataclass(frozen=True, slots=True)
class MadeOffer:
    """An offer that was written. `reserved_until` is set where it took the driver's last free slot.

    `after_trip_id` is the trip that the driver is still on.
    """

    trip_id: UUID
    driver_id: UUID
    driver_zone: str
    vehicle_class: VehicleClass
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
    state: str
    version: int
    city: str
    zone: str
    driver_zone: str
    vehicle: dict[str, Any]
    driver_name: str | None
    driver_rating: float | None
    pickup: Point
    at: datetime
    other_drivers: Sequence[PlacedDriver]
    other_zones: Sequence[str]
    broken_promises: Sequence[WaitingTrip]


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


@dataclass(frozen=True, slots=True)
class LostOffer:
    """What there is to know of an offer whose accept did not win.

    A driver on the trip after which it was made drives no other one.
    """

    state: OfferState
    is_over: bool
    outcome: Outcome | None
    trip_state: str | None
    drives_this_trip: bool
    drives_another: bool
    promised_another: bool
    is_online: bool


def refusal(lost: LostOffer | None) -> DomainError | None:
    """Why the accept did not win; None when it had won before.

    | the driver          | the trip       | the offer | answer           |
    |---------------------|----------------|-----------|------------------|
    | was never asked     |                |           | offer_not_found  |
    | drives this trip    |                |           | won before       |
    | drives another trip |                |           | already_on_trip  |
    |                     | is not active  |           | trip_ended       |
    |                     | another drives |           | trip_taken       |
    |                     | waits          | accepted  | trip_ended       |
    |                     | waits          | declined  | offer_declined   |
    | promised another    | waits          | open      | already_promised |
    | is offline          | waits          | else      | driver_offline   |
    | is back just now    | waits          | open      | driver_offline   |
    |                     | waits          | withdrawn | offer_withdrawn  |
    |                     | waits          | else      | offer_expired    |
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
    return _refusal_of_waiting(lost)


def _refusal_of_waiting(lost: LostOffer) -> DomainError:
    """Of a trip that waits for somebody, and may be offered to others."""
    if lost.state == "declined":
        return OfferDeclinedError("You declined this offer.")
    is_live = lost.state == "open" and not lost.is_over
    if is_live and lost.promised_another:
        return AlreadyPromisedError("You promised to take another trip next.")
    if not lost.is_online or is_live:  # what else could have been in the way?
        return DriverOfflineError("You are offline; go online to take trips.")
    if lost.state == "withdrawn":
        return OfferWithdrawnError("This offer was withdrawn.")
    return OfferExpiredError("This offer has expired.")


@dataclass(frozen=True, slots=True)
class Choice:
    """A trip and the driver whom an operator chose for it, as they stand.

    `trip_state` is None where there is no such trip, `zone` and `pickup` where it never waited; `earlier` is how the
    driver's former offer of the trip ended, or `open`.
    """

    trip_state: str | None
    waits: bool
    zone: str | None
    pickup: Point | None
    is_known: bool
    is_rider: bool
    is_online: bool
    has_vehicle: bool
    drives: bool
    live_offers: int
    offers_per_driver: int
    earlier: OfferState | None
    needs: Asked = NOTHING
    traits: Traits = PLAIN


def choice_refusal(choice: Choice, *, ask_again: bool) -> DomainError | None:
    """Why the trip cannot be offered to the driver; None when it can. The first row that fits holds.

    | the trip      | the driver                        | asked before  | answer              |
    |---------------|-----------------------------------|---------------|---------------------|
    | is unknown    |                                   |               | trip_not_found      |
    | does not wait |                                   |               | trip_not_waiting    |
    | waits         | is unknown                        |               | driver_not_found    |
    | waits         | is its rider                      |               | driver_is_rider     |
    | waits         | is on a trip                      |               | driver_busy         |
    | waits         | is offline                        |               | driver_offline      |
    | waits         | has another class of vehicle      |               | vehicle_unsuitable  |
    | waits         | has none that takes a wheelchair  |               | vehicle_unsuitable  |
    | waits         | is not what the ride needs else   |               | driver_unsuitable   |
    | waits         | has no room for an offer          |               | driver_has_offer    |
    | waits         |                                   | still open    | driver_has_offer    |
    | waits         |                                   | not ask_again | driver_asked_before |
    """
    refused: DomainError | None = None
    if choice.trip_state is None:
        refused = TripNotFoundError("There is no such trip.")
    elif not choice.waits:
        refused = TripNotWaitingError("This trip does not wait for a driver.", state=choice.trip_state)
    elif not choice.is_known:
        refused = DriverNotFoundError("There is no such driver.", field="driver_id")
    elif choice.is_rider:
        refused = DriverIsRiderError("Nobody drives themselves.", field="driver_id")
    elif choice.drives:
        refused = DriverBusyError("The driver is on a trip.", field="driver_id")
    elif not choice.is_online:
        refused = DriverOfflineError("The driver is not online.", field="driver_id")
    elif (unsuitable := _unsuitable(choice)) is not None:
        refused = unsuitable
    elif choice.live_offers >= choice.offers_per_driver or choice.earlier == "open":
        refused = DriverHasOfferError("The driver has an offer to answer.", field="driver_id")
    elif choice.earlier is not None and not ask_again:
        refused = DriverAskedBeforeError(
            "The driver was asked before; say `ask_again` to ask once more.", field="ask_again", earlier=choice.earlier
        )
    return refused


def _unsuitable(choice: Choice) -> DomainError | None:
    if not choice.has_vehicle:
        return VehicleUnsuitableError("The driver's vehicle is not what the rider ordered.", field="driver_id")
    lacks = unmet(choice.needs, choice.traits)
    if lacks is None:
        return None
    if lacks == "wheelchair_accessible":
        return VehicleUnsuitableError(
            "The rider needs a vehicle that takes a wheelchair.", field="driver_id", unmet=lacks
        )
    why = {
        "min_driver_rating": "The rider asked for a driver with a better rating.",
        "payment": "The driver does not take rides that are paid this way.",
    }
    return DriverUnsuitableError(why[lacks], field="driver_id", unmet=lacks)
