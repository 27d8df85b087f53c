"""What payments asks of other contexts."""

from __future__ import annotations

from typing import Protocol
from uuid import UUID

from rideflow.pricing.model import Driven, FareBreakdown, FinalFare, Route
from rideflow.trips.model import Trip


class Trips(Protocol):
    """The trip's side of its payment; every call may be repeated.

    Raises `TripConflictError`, which names the trip's state, where the trip has gone another way.
    """

    def begin_matching(self, trip_id: UUID) -> Trip: ...

    def reject_payment(self, trip_id: UUID) -> Trip: ...

    def settled(self, trip_id: UUID, breakdown: FareBreakdown | None, driven: Route | None) -> Trip: ...

    def payment_failed(self, trip_id: UUID) -> Trip: ...


class Pricing(Protocol):
    """The price of a ride that was driven."""

    def final_fare(self, quote_id: UUID, driven: Driven | None, waited_s: int = 0) -> FinalFare: ...
