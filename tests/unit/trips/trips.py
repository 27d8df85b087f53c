"""A trip in any state, for rules that need no store."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from rideflow.trips.model import COMPLETED, PAID, PAYMENT_FAILED, Trip, TripState
from tests.vehicles import PRIUS

NOW = datetime(2026, 10, 1, 18, 0, tzinfo=UTC)
RIDER = UUID("01890000-0000-7000-8000-000000000001")
DRIVER = UUID("01890000-0000-7000-8000-000000000002")
_WITH_DRIVER = set(list(TripState)[2:5]) | {COMPLETED, PAID, PAYMENT_FAILED}


def trip_in(state: TripState, **fields: Any) -> Trip:
    """A trip over 18.40 USD. If the state has a driver, they were assigned and arrived a minute ago."""
    minute_ago = NOW - timedelta(minutes=1)
    driven = state in _WITH_DRIVER
    return Trip(
        **{
            "id": UUID("01890000-0000-7000-8000-000000000003"),
            "rider_id": RIDER,
            "driver_id": DRIVER if driven else None,
            "state": state,
            "version": 3,
            "market": "san_francisco",
            "zone": "sf-bay",
            "product": "economy",
            "pickup_lat": 37.7749,
            "pickup_lng": -122.4194,
            "pickup_cell": 1,
            "dropoff_lat": 37.7936,
            "dropoff_lng": -122.3958,
            "dropoff_cell": 2,
            "quote_id": UUID("01890000-0000-7000-8000-000000000004"),
            "quoted_amount_minor": 1840,
            "currency": "USD",
            "quote_breakdown": {},
            "quoted_distance_m": 4000,
            "quoted_duration_s": 600,
            "pin": "4711",
            "requested_at": minute_ago,
            "matching_at": minute_ago,
            "assigned_at": minute_ago if driven else None,
            "arrived_at": minute_ago if driven else None,
            "arrival_told_at": minute_ago if driven else None,
            "arrival_distance_m": 20 if driven else None,
            "vehicle_id": PRIUS.id if driven else None,
            "vehicle": PRIUS if driven else None,
            **fields,
        }
    )
