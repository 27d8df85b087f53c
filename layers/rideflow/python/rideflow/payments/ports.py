"""Ports to the contexts that payments calls."""

from __future__ import annotations

from typing import Protocol
from uuid import UUID

from rideflow.pricing.model import Driven, FareBreakdown, FinalFare, Route
from rideflow.trips.cancellation import PaymentRejection
from rideflow.trips.model import Trip


class TripPayments(Protocol):
    """The changes of a trip that follow from its payment. Every call may be repeated.

    Raises `TripConflictError` with the trip's state if the trip has left the state that the call needs.
    """

    def begin_matching(self, trip_id: UUID) -> Trip: ...

    def reject_payment(self, trip_id: UUID, reason: PaymentRejection) -> Trip: ...

    def settled(self, trip_id: UUID, breakdown: FareBreakdown | None, driven: Route | None) -> Trip: ...

    def payment_failed(self, trip_id: UUID) -> Trip: ...


class FinalFares(Protocol):
    """Calculates the fare of a ride that was driven."""

    def final_fare(self, quote_id: UUID, driven: Driven | None, waited_s: int = 0) -> FinalFare: ...
