"""The trip's side of its money."""

from __future__ import annotations

from datetime import datetime

from rideflow.pricing.model import FareBreakdown, Route
from rideflow.trips.model import CANCELLED, NO_DRIVER_FOUND, Actor, Change, Operation, Trip, changed


def settled(trip: Trip, breakdown: FareBreakdown | None, driven: Route | None, at: datetime) -> Change | None:
    """Note that the trip's money is settled; None if that was noted before.

    | the trip was               | settled before | then                                             |
    |----------------------------|----------------|--------------------------------------------------|
    | completed, payment_failed  |                | paid, with its final fare and how it was driven  |
    | cancelled, no_driver_found | no             | stays, noted as settled                          |
    | cancelled, no_driver_found | yes            | nothing                                          |
    """
    if trip.state in {CANCELLED, NO_DRIVER_FOUND}:
        if trip.settled_at is not None:
            return None
        return changed(trip, Operation.CLOSE_BOOKS, Actor.SYSTEM, at, settled_at=at)
    return changed(
        trip, Operation.SETTLE, Actor.SYSTEM, at, settled_at=at,
        driven_distance_m=None if driven is None else driven.distance_m,
        driven_duration_s=None if driven is None else driven.duration_s,
        final_breakdown=None if breakdown is None else breakdown.model_dump(mode="json"),
        final_amount_minor=None if breakdown is None else breakdown.total_minor,
    )  # fmt: skip
