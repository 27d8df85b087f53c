"""Why an accept did not win, and why an operator's choice is refused: two tables of decisions."""

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
    product: str | None
    vehicle_class: str | None
    drives: bool
    live_offers: int
    offers_per_driver: int
    earlier: OfferState | None
    requirements: RideRequirements = NO_REQUIREMENTS
    traits: Traits = PLAIN


def choice_refusal(choice: Choice, classes: ServingClasses, *, ask_again: bool) -> DomainError | None:
    """Why the trip cannot be offered to the driver; None when it can. The first row that fits holds.

    `classes` may serve the trip's product. Whether the driver takes upgrades is theirs to say, by their answer.

    | the trip      | the driver                        | asked before  | answer              |
    |---------------|-----------------------------------|---------------|---------------------|
    | is unknown    |                                   |               | trip_not_found      |
    | does not wait |                                   |               | trip_not_waiting    |
    | waits         | is unknown                        |               | driver_not_found    |
    | waits         | is its rider                      |               | driver_is_rider     |
    | waits         | is on a trip                      |               | driver_busy         |
    | waits         | is offline                        |               | driver_offline      |
    | waits         | has no class that may serve it    |               | vehicle_unsuitable  |
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
