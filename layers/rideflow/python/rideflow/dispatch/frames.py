"""What dispatch sends to the apps of drivers, and of riders who wait for one."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from rideflow.kernel.frames import Frame
from rideflow.kernel.geo import Point
from rideflow.kernel.money import Money
from rideflow.kernel.vehicles import ProductId


class TripOffer(Frame):
    """A trip the driver may take until `expires_at`.

    A ride that was booked ahead is `scheduled_for` a time: who comes earlier waits until then, unpaid. Where
    `wheelchair` is true, somebody comes in one. A trip to be taken `after_trip`, the one in hand, is picked up when
    that is over: the distance counts from its dropoff, the seconds from now.
    """

    type: ClassVar[str] = "trip.offer"

    trip_id: UUID
    pickup: Point
    dropoff: Point
    product: ProductId
    fare: Money
    scheduled_for: datetime | None
    wheelchair: bool = False
    pickup_distance_m: int
    pickup_eta_s: int
    offered_at: datetime
    expires_at: datetime
    after_trip: UUID | None


class OfferWithdrawn(Frame):
    """The offer or promise is void: somebody else drives, the trip is over, the driver went offline or was late."""

    type: ClassVar[str] = "offer.withdrawn"

    trip_id: UUID


class OfferAccepted(Frame):
    """The trip is the driver's; with `promised_until`, it will be once the trip in hand is completed by then."""

    type: ClassVar[str] = "offer.accepted"

    trip_id: UUID
    promised_until: datetime | None = None


class TripPromised(Frame):
    """Told to the rider: a driver who drops off nearby comes next, about `pickup_at`, if they are done by `until`."""

    type: ClassVar[str] = "trip.promised"

    trip_id: UUID
    pickup_at: datetime
    until: datetime


class PromiseEnded(Frame):
    """Told to the rider: the driver who was dropping off does not come; the trip is offered to others."""

    type: ClassVar[str] = "trip.promise_ended"

    trip_id: UUID


class OfferDeclined(Frame):
    """The offer is off the driver's list, and the trip is not offered to them again."""

    type: ClassVar[str] = "offer.declined"

    trip_id: UUID
