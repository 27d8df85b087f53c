"""What apps are shown of trips."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field

from rideflow.kernel.geo import Point
from rideflow.kernel.model import View
from rideflow.kernel.money import AmountMinor, Currency
from rideflow.kernel.ride_requirements import Needs
from rideflow.kernel.sealing import FreeText, of_trip
from rideflow.kernel.vehicles import ProductId, Vehicle
from rideflow.pricing.model import FareBreakdown
from rideflow.trips.model import DRIVER_ARRIVED, DRIVER_ASSIGNED, Actor, Trip, TripState, Verdict


class PaymentAction(View):
    """What the rider's bank wants of them before the fare can be held: their app confirms it with the client secret.

    At Stripe that is `handleNextAction` of Stripe.js, or of the SDK for phones.
    """

    client_secret: str
    publishable_key: str | None
    until: Annotated[datetime, Field(description="The trip is cancelled if the payment is not confirmed by then")]


class TripView(View):
    """A trip as one of its two people, or an operator, sees it."""

    id: UUID
    state: TripState
    version: Annotated[int, Field(description="Counts the trip's changes; frames and views of it sort by it")]
    rider_id: UUID
    driver_id: UUID | None
    vehicle: Annotated[Vehicle | None, Field(description="The assigned driver's vehicle")]
    product: ProductId
    needs: Needs = Needs()
    market: str
    zone: str
    pickup: Point
    dropoff: Point
    quote_id: UUID
    quoted_amount_minor: AmountMinor
    quote_breakdown: FareBreakdown
    quoted_distance_m: int
    quoted_duration_s: int
    currency: Currency
    pin: Annotated[str | None, Field(description="For the rider alone, from the assignment to the start")] = None
    payment_action: Annotated[
        PaymentAction | None, Field(description="For the rider alone, while a requested trip waits for them")
    ] = None
    scheduled_for: Annotated[datetime | None, Field(description="When the rider of a scheduled ride is picked up")] = (
        None
    )
    scheduled_ride_id: UUID | None = None
    requested_at: datetime
    assigned_at: datetime | None
    arrived_at: datetime | None
    arrival_distance_m: Annotated[
        int | None,
        Field(description="Metres from the pickup to the driver's phone at the arrival; null if nothing could tell"),
    ] = None
    started_at: datetime | None
    completed_at: datetime | None
    ended_at: datetime | None
    cancelled_by: Actor | None
    cancel_reason: str | None
    cancel_verdict: Annotated[Verdict | None, Field(description="The side at fault for the cancellation")] = None
    cancel_rule: Annotated[str | None, Field(description="The rule by which the verdict was found")] = None
    cancellation_fee_minor: AmountMinor
    driven_distance_m: int | None
    driven_duration_s: int | None
    final_amount_minor: AmountMinor | None
    final_breakdown: FareBreakdown | None

    @classmethod
    def of(
        cls,
        trip: Trip,
        viewer_id: UUID,
        free_text: FreeText | None = None,
        payment_action: PaymentAction | None = None,
    ) -> Self:
        """The trip as `viewer_id` may see it.

        `free_text` opens what its people wrote. Operations that show no cancelled trip have no need of it.
        """
        names = cls.model_fields.keys() - {"pin", "cancel_reason", "payment_action"}
        waits_for_pin = trip.state in {DRIVER_ASSIGNED, DRIVER_ARRIVED} and viewer_id == trip.rider_id
        return cls.model_validate(
            {name: getattr(trip, name) for name in names}
            | {"pin": trip.pin if waits_for_pin else None, "cancel_reason": _cancel_reason(trip, free_text)}
            | {"payment_action": payment_action}
        )


def _cancel_reason(trip: Trip, free_text: FreeText | None) -> str | None:
    return None if free_text is None else free_text.shown(trip.cancel_reason, of_trip(trip.id, "cancel_reason"))


class TripPage(View):
    """Some of a person's trips, newest first."""

    trips: tuple[TripView, ...]
    next_cursor: Annotated[str | None, Field(description="Asks for the older ones; null on the last page")]


class RatingView(View):
    """A rating that was given."""

    trip_id: UUID
    rater: Actor
    stars: int
    comment: str | None
    rated_at: datetime
