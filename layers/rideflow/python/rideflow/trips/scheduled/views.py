"""Requests and responses of scheduled rides."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, model_validator

from rideflow.kernel.geo import Point
from rideflow.kernel.model import Request, View
from rideflow.kernel.money import AmountMinor, Currency
from rideflow.kernel.ride_requirements import Needs
from rideflow.kernel.timestamps import Timestamp
from rideflow.kernel.vehicles import ProductId
from rideflow.pricing.model import FareBreakdown
from rideflow.trips.scheduled.model import HeldUp, RideState, ScheduledRide


class ScheduleRide(Request):
    """A rider schedules the ride of a quote for a later time."""

    quote_id: UUID
    pickup_at: Timestamp


class EditScheduledRide(Request):
    """Another pickup time, or another quote with other places, product or price. `version` is the one the app knows."""

    version: Annotated[int, Field(ge=1, lt=2**31)]
    pickup_at: Timestamp | None = None
    quote_id: UUID | None = None

    @model_validator(mode="after")
    def _edits(self) -> Self:
        if self.pickup_at is None and self.quote_id is None:
            raise ValueError("say what is to be changed: pickup_at, quote_id, or both")
        return self

    def is_done(self, ride: ScheduledRide) -> bool:
        """Whether the ride already is as wanted."""
        return self.pickup_at in {None, ride.pickup_at} and self.quote_id in {None, ride.quote_id}


class ScheduledRideView(View):
    """A scheduled ride, for its rider. The price is the quoted price; it holds until the ride is dispatched."""

    id: UUID
    state: RideState
    version: Annotated[int, Field(description="Counts the changes; an edit names the version it is based on")]
    rider_id: UUID
    pickup_at: Annotated[datetime, Field(description="UTC; show it in `time_zone`")]
    time_zone: Annotated[str, Field(description="The market's IANA time zone", examples=["America/Los_Angeles"])]
    market: str
    zone: str
    product: ProductId
    needs: Needs = Needs()
    pickup: Point
    dropoff: Point
    quote_id: UUID
    quoted_amount_minor: AmountMinor
    quote_breakdown: FareBreakdown
    quoted_distance_m: int
    quoted_duration_s: int
    currency: Currency
    booked_at: datetime
    held_up_by: Annotated[HeldUp | None, Field(description="Why a due ride is not a trip yet, or was missed")]
    trip_id: Annotated[UUID | None, Field(description="The trip that a dispatched ride became")]
    ended_at: Annotated[datetime | None, Field(description="When it was dispatched, cancelled or missed")]


class ScheduledRidePage(View):
    """Some of a rider's scheduled rides, the last booked first."""

    scheduled_rides: tuple[ScheduledRideView, ...]
    next_cursor: Annotated[str | None, Field(description="Cursor of the older rides; null on the last page")]
