"""Arguments that the handlers of notifications pass on for their example events: the whole event."""

from datetime import UTC, datetime
from uuid import UUID

from rideflow.notifications.events import ScheduledRideChanged, TripChanged
from tests.functions.people import DRIVER, RIDER
from tests.functions.spying import Case, call, leads_to

TRIP = UUID("01998f2e-7b3a-7c1d-9e2f-3a4b5c6d7e04")

HANDED_ON: dict[str, list[Case]] = {
    "on_scheduled_ride_changed": [
        leads_to(
            call(
                "notifications.notify",
                ScheduledRideChanged(
                    id=UUID("01998f2e-4444-7c1d-9e2f-3a4b5c6d7e07"),
                    type="ScheduledRideHeldUp",
                    at=datetime(2026, 10, 2, 15, 18, tzinfo=UTC),
                    scheduled_ride_id=UUID("019a9c3e-7d10-7b33-8a41-5c2f1e0d9b20"),
                    rider_id=RIDER,
                    state="dispatched",
                    version=2,
                    pickup_at=datetime(2026, 10, 2, 15, 30, tzinfo=UTC),
                    held_up_by="late",
                    trip_id=TRIP,
                ),
            ),
            type="ScheduledRideHeldUp",
            held_up_by="late",
        )
    ],
    "on_trip_changed": [
        leads_to(
            call(
                "notifications.notify",
                TripChanged(
                    id=UUID("01998f2e-3333-7c1d-9e2f-3a4b5c6d7e07"),
                    type="DriverAssigned",
                    at=datetime(2026, 10, 1, 18, 30, tzinfo=UTC),
                    trip_id=TRIP,
                    rider_id=RIDER,
                    driver_id=DRIVER,
                    state="driver_assigned",
                    version=3,
                    vehicle_id=UUID("01998f2e-1111-7c1d-9e2f-3a4b5c6d7e05"),
                    fee_minor=500,
                    currency="USD",
                ),
            ),
            fee_minor=500,
            currency="USD",
        )
    ],
}
