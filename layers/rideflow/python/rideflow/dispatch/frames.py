"""What dispatch sends to drivers' apps."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from rideflow.kernel.frames import Frame
from rideflow.kernel.geo import Point
from rideflow.kernel.money import Money


class TripOffer(Frame):
    """A trip the driver may take until `expires_at`.

    A ride that was booked ahead is `scheduled_for` a time: who comes earlier waits until then, unpaid. Where
    `wheelchair` is true, somebody comes in one.
    """

    type: ClassVar[str] = "trip.offer"

    trip_id: UUID
    pickup: Point
    dropoff: Point
    vehicle_class: str
    fare: Money
    scheduled_for: datetime | None
    wheelchair: bool = False
    pickup_distance_m: int
    pickup_eta_s: int
    offered_at: datetime
    expires_at: datetime


class OfferWithdrawn(Frame):
    """The offer cannot be accepted any more: somebody else drives, the trip is over, or the driver went offline."""

    type: ClassVar[str] = "offer.withdrawn"

    trip_id: UUID


class OfferAccepted(Frame):
    """The trip is the driver's."""

    type: ClassVar[str] = "offer.accepted"

    trip_id: UUID


class OfferDeclined(Frame):
    """The offer is off the driver's list, and the trip is not offered to them again."""

    type: ClassVar[str] = "offer.declined"

    trip_id: UUID
