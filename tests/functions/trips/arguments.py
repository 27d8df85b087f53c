"""What the handlers of trips hand on of their example events."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from rideflow.kernel.idempotency import IdempotencyKey
from rideflow.trips.rating import RateTrip
from rideflow.trips.requesting import RequestTrip
from rideflow.trips.scheduled.model import RideState
from rideflow.trips.scheduled.views import EditScheduledRide, ScheduleRide
from tests.functions.lambda_events import signed_in
from tests.functions.people import OTHER_DRIVER, RIDER
from tests.functions.spying import Case, call, leads_to

TRIP = UUID("019a9c3e-5f20-7c11-8b6a-3d1f0e9a4b10")
RIDE = UUID("019a9c3e-7d10-7b33-8a41-5c2f1e0d9b20")
QUOTE = UUID("019a9c3e-41d0-7a52-9f0b-7c2e6d5f1a20")
KEY = "9d2c1f64-3a0b-4a86-b1d5-4e0f8c7a6b30"
CALLER = signed_in("rider", person_id=RIDER)
RATING = RateTrip(stars=4, comment="A smooth ride.")
AT = datetime(2026, 10, 1, 18, 20, tzinfo=UTC)
SENT = datetime(2026, 10, 1, 18, 21, tzinfo=UTC)
LATE: dict[str, Any] = {"happened_at": AT.isoformat(), "sent_at": SENT.isoformat()}
BOOKING = ScheduleRide(quote_id=QUOTE, pickup_at=datetime(2026, 10, 2, 15, 30, tzinfo=UTC))

HANDED_ON: dict[str, list[Case]] = {
    "arrive_at_pickup": [leads_to(call("trips_with_positions.arrive", OTHER_DRIVER, TRIP, AT, SENT), **LATE)],
    "cancel_scheduled_ride": [leads_to(call("bookings.cancel", RIDER, RIDE))],
    "cancel_trip": [leads_to(call("cancellations.cancel", RIDER, TRIP, "plans have changed"))],
    "complete_trip": [leads_to(call("trips.complete", OTHER_DRIVER, TRIP, AT, SENT), **LATE)],
    "edit_scheduled_ride": [
        leads_to(
            call(
                "bookings.edit",
                RIDER,
                RIDE,
                EditScheduledRide(version=2, pickup_at=datetime(2026, 10, 2, 16, tzinfo=UTC), quote_id=QUOTE),
            ),
            version=2,
            quote_id=str(QUOTE),
        )
    ],
    "get_scheduled_ride": [leads_to(call("scheduled_rides.ride", CALLER, RIDE))],
    "get_trip": [leads_to(call("history.trip", CALLER, TRIP))],
    "list_scheduled_rides": [
        leads_to(
            call("scheduled_rides.page", RIDER, RideState.MISSED, 7, "older"),
            query={"limit": "7", "state": "missed", "cursor": "older"},
        )
    ],
    "list_trips": [leads_to(call("history.page", RIDER, 7, "older"), query={"limit": "7", "cursor": "older"})],
    "rate_trip": [
        leads_to(
            call(
                "ratings.rate",
                RIDER,
                TRIP,
                RATING,
                IdempotencyKey.of(RIDER, f"rate_trip:{TRIP}", "1b7e0d92-6c4f-4e15-a3b8-2f9d5c8e7a40", RATING),
            ),
            stars=4,
        )
    ],
    "request_trip": [
        leads_to(
            call(
                "trip_requests.request",
                RIDER,
                RequestTrip(quote_id=QUOTE),
                IdempotencyKey.of(RIDER, "request_trip", KEY, RequestTrip(quote_id=QUOTE)),
            )
        )
    ],
    "schedule_ride": [
        leads_to(call("bookings.book", RIDER, BOOKING, IdempotencyKey.of(RIDER, "schedule_ride", KEY, BOOKING)))
    ],
    "start_trip": [leads_to(call("trips.start", OTHER_DRIVER, TRIP, "4711", AT, SENT), **LATE)],
    "sweep_stalled_trips": [leads_to(call("stalled_trips.sweep"))],
    "sweep_silent_trips": [leads_to(call("silent_trips.sweep"))],
    "sweep_scheduled_rides": [leads_to(call("due_rides.sweep"))],
}
