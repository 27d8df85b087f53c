"""The reasons why an accept did not win, and why an operator's choice is refused: two decision tables."""

from __future__ import annotations

from dataclasses import dataclass

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
from rideflow.dispatch.model import OfferState, Outcome
from rideflow.kernel.errors import DomainError
from rideflow.kernel.geo import Point
from rideflow.kernel.ride_requirements import NO_REQUIREMENTS, PLAIN, RideRequirements, Traits, unmet
from rideflow.kernel.vehicles import ServingClasses
from rideflow.trips.errors import DriverBusyError, TripNotFoundError


@dataclass(frozen=True, slots=True)
class LostOffer:
    """The facts about an offer whose accept did not win.

    `drives_another` is False if the driver is on the trip after which the offered one comes.
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
    """The error for an accept that did not win; None if it had won before.

    | the driver          | the trip       | the offer | error            |
    |---------------------|----------------|-----------|------------------|
    | was never asked     |                |           | offer_not_found  |
    | drives this trip    |                |           | None             |
    | drives another trip |                |           | already_on_trip  |
    |                     | is not active  |           | trip_ended       |
    |                     | another drives |           | trip_taken       |
    |                     | waits          | accepted  | trip_ended       |
    |                     | waits          | declined  | offer_declined   |
    | promised another    | waits          | open      | already_promised |
    | is offline          | waits          | any other | driver_offline   |
    | is online again     | waits          | open      | driver_offline   |
    |                     | waits          | withdrawn | offer_withdrawn  |
    |                     | waits          | any other | offer_expired    |
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
    """The error for a trip that still waits, and may be offered to other drivers."""
    if lost.state == "declined":
        return OfferDeclinedError("You declined this offer.")
    is_live = lost.state == "open" and not lost.is_over
    if is_live and lost.promised_another:
        return AlreadyPromisedError("You promised to take another trip next.")
    if not lost.is_online or is_live:  # a live offer has no other reason
        return DriverOfflineError("You are offline; go online to take trips.")
    if lost.state == "withdrawn":
        return OfferWithdrawnError("This offer was withdrawn.")
    return OfferExpiredError("This offer has expired.")


@dataclass(frozen=True, slots=True)
class Choice:
    """The present state of a trip, and of the driver whom an operator chose for it.

    `trip_state` is None if there is no such trip. `zone` and `pickup` are None if it never waited. `earlier` is how an
    earlier offer of the trip to the driver ended, or `open`; None if there was none.
    """

    trip_state: str | None
    waits: bool
    zone: str | None
    pickup: Point | None
    is_known: bool
    is_rider: bool
    is_online: bool
    product: str | None
    vehicle_class: str | None
    drives: bool
    live_offers: int
    offers_per_driver: int
    earlier: OfferState | None
    requirements: RideRequirements = NO_REQUIREMENTS
    traits: Traits = PLAIN


def choice_refusal(choice: Choice, classes: ServingClasses, *, ask_again: bool) -> DomainError | None:
    """The error if the trip cannot be offered to the driver; None if it can. The first row that fits decides.

    `classes` may serve the trip's product. Whether the driver takes upgrades is not checked: they may decline.

    | the trip      | the driver                        | asked before  | error               |
    |---------------|-----------------------------------|---------------|---------------------|
    | is unknown    |                                   |               | trip_not_found      |
    | does not wait |                                   |               | trip_not_waiting    |
    | waits         | is unknown                        |               | driver_not_found    |
    | waits         | is its rider                      |               | driver_is_rider     |
    | waits         | is on a trip                      |               | driver_busy         |
    | waits         | is offline                        |               | driver_offline      |
    | waits         | has no class that may serve it    |               | vehicle_unsuitable  |
    | waits         | cannot take a needed wheelchair   |               | vehicle_unsuitable  |
    | waits         | misses another requirement        |               | driver_unsuitable   |
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
    elif (unsuitable := _unsuitable(choice, classes)) is not None:
        refused = unsuitable
    elif choice.live_offers >= choice.offers_per_driver or choice.earlier == "open":
        refused = DriverHasOfferError("The driver has an offer to answer.", field="driver_id")
    elif choice.earlier is not None and not ask_again:
        refused = DriverAskedBeforeError(
            "The driver was asked before; say `ask_again` to ask once more.", field="ask_again", earlier=choice.earlier
        )
    return refused


def _unsuitable(choice: Choice, classes: ServingClasses) -> DomainError | None:
    if choice.vehicle_class not in (*classes.own, *classes.upgrades):
        return VehicleUnsuitableError("The driver's vehicle is not what the rider ordered.", field="driver_id")
    lacks = unmet(choice.requirements, choice.traits)
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
