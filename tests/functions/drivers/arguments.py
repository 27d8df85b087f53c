"""What the drivers' handlers hand on of their example events."""

from datetime import UTC, date, datetime
from uuid import UUID

from rideflow.drivers.api import AddVehicle, GoOnline, PutPreferences, RegisterDriver
from rideflow.drivers.destination import PutDestination
from rideflow.kernel.geo import Point
from rideflow.kernel.idempotency import IdempotencyKey
from tests.functions.people import DRIVER, OPERATOR
from tests.functions.spying import Case, call, leads_to

TRIP = UUID("01998f2e-7b3a-7c1d-9e2f-3a4b5c6d7e04")
VEHICLE = UUID("01998f2e-1111-7c1d-9e2f-3a4b5c6d7e05")
KEY = "0f0c2f9e-5a1b-4c7d-9e8f-1a2b3c4d5e6f"
CAR = AddVehicle(
    plate="8ABC123", make="Toyota", model="Prius", year=2023, colour="silver", vehicle_class="economy",
    wheelchair_accessible=True,
)  # fmt: skip
REGISTRATION = RegisterDriver(
    name="Grace Hopper", phone="+14155550123", licence="D1234567", licence_expires_on=date(2030, 5, 31)
)
SAN_JOSE = Point(lat=37.3382, lng=-121.8863)
ARRIVE_BY = datetime(2026, 10, 1, 20, tzinfo=UTC)

HANDED_ON: dict[str, list[Case]] = {
    "add_vehicle": [
        leads_to(
            call("driving.add_vehicle", DRIVER, CAR, IdempotencyKey.of(DRIVER, "add_vehicle", KEY, CAR)),
            wheelchair_accessible=True,
        )
    ],
    "clear_destination": [leads_to(call("driving.clear_destination", DRIVER))],
    "get_destination": [leads_to(call("driving.destination", DRIVER))],
    "get_driver": [leads_to(call("driving.get", DRIVER))],
    "go_offline": [leads_to(call("driving.go_offline", DRIVER))],
    "go_online": [
        leads_to(call("driving.go_online", DRIVER, GoOnline(vehicle_id=VEHICLE, lat=37.7749, lng=-122.4194)))
    ],
    "on_driver_heartbeat_lost": [
        leads_to(call("driving.lose_heartbeat", DRIVER, datetime(2026, 10, 1, 18, 1, 5, tzinfo=UTC)))
    ],
    "on_driver_reached_destination": [
        leads_to(call("driving.reached_destination", DRIVER, datetime(2026, 10, 1, 20, tzinfo=UTC)))
    ],
    "on_trip_rated": [
        leads_to(call("driving.rate", DRIVER, TRIP, 3, datetime(2026, 10, 1, 18, 30, tzinfo=UTC)), stars=3),
        leads_to(rater="driver"),
    ],
    "put_preferences": [
        leads_to(
            call(
                "driving.put_preferences",
                DRIVER,
                PutPreferences(accepted_payments=["credit", "debit"], takes_upgrades=True),
            )
        )
    ],
    "register_driver": [
        leads_to(
            call(
                "driving.register",
                DRIVER,
                REGISTRATION,
                IdempotencyKey.of(DRIVER, "register_driver", KEY, REGISTRATION),
            )
        )
    ],
    "set_destination": [
        leads_to(
            call("driving.set_destination", DRIVER, PutDestination(place=SAN_JOSE, arrive_by=ARRIVE_BY)),
            arrive_by=ARRIVE_BY.isoformat(),
        )
    ],
    "verify_driver": [leads_to(call("verifying.verify", DRIVER, OPERATOR))],
}
