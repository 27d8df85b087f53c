"""What dispatch's operations read and show."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Literal, Self
from uuid import UUID

from pydantic import Field

from rideflow.kernel.geo import Point
from rideflow.kernel.model import Request, View
from rideflow.kernel.text import ONE_LINE
from rideflow.kernel.vehicles import ProductId

if TYPE_CHECKING:
    from rideflow.dispatch.model import MadeOffer
    from rideflow.kernel.postgres import Row


_OF_WAITING_TRIP = ("trip_id", "rider_id", "product", "drivers_asked", "live_offers", "is_promised")


class OfferView(View):
    """The driver's answer, as it stands.

    `promised`: the trip is the driver's once they have completed the one in hand, if that is before `promised_until`.
    """

    trip_id: UUID
    state: Literal["accepted", "promised", "declined"]
    promised_until: datetime | None = None


class DispatchTrip(Request):
    """Whom an operator wants, and why. `ask_again`: even if the driver was asked before and did not take it."""

    driver_id: UUID
    reason: Annotated[str, Field(min_length=1, max_length=500), ONE_LINE]
    ask_again: bool = False


class DispatchView(View):
    """The offer that was made to the driver."""

    trip_id: UUID
    driver_id: UUID
    offered_at: datetime
    expires_at: datetime
    pickup_distance_m: int
    pickup_eta_s: int

    @classmethod
    def of(cls, made: MadeOffer, at: datetime) -> Self:
        return cls(
            trip_id=made.trip_id,
            driver_id=made.driver_id,
            offered_at=at,
            expires_at=made.expires_at,
            pickup_distance_m=made.pickup_distance_m,
            pickup_eta_s=made.pickup_eta_s,
        )


class StrategyView(Request):
    """How a zone is dispatched: `joint` decides on all who wait together, `broadcast` asks the nearest of each."""

    strategy: Literal["joint", "broadcast"] = "joint"
    offers_per_trip: Annotated[int, Field(ge=1, le=50, description="Live offers of one trip at most")] = 1
    offers_per_driver: Annotated[int, Field(ge=1, le=10, description="Live offers to one driver at most")] = 1
    forward_s: Annotated[
        int,
        Field(ge=0, le=180, description="Within how many seconds drivers drop off who are asked ahead; 0: none"),
    ] = 0


class ZoneView(View):
    """A zone, how it is dispatched, and how many riders wait in it for a driver."""

    zone_id: str
    market: str
    strategy: StrategyView
    waiting: int
    waiting_since: datetime | None


class ZonesView(View):
    """Every zone."""

    zones: list[ZoneView]


class WaitingTripView(View):
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

    @classmethod
    def of(cls, row: Row) -> Self:
        return cls(
            pickup=Point(lat=row["pickup_lat"], lng=row["pickup_lng"]),
            dropoff=Point(lat=row["dropoff_lat"], lng=row["dropoff_lng"]),
            waiting_since=row["opened_at"],
            waits_until=row["expires_at"],
            **{name: row[name] for name in _OF_WAITING_TRIP},
        )


class WaitingTripsView(View):
    """The riders who wait in a zone, the longest first."""

    trips: list[WaitingTripView]
