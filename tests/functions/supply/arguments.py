"""What the handlers of supply hand on of their example events."""

from datetime import UTC, datetime
from uuid import UUID

from rideflow.kernel.geo import Point
from rideflow.supply.model import TripChange
from tests.functions.people import DRIVER
from tests.functions.spying import Case, call, leads_to

TRIP = UUID("01998f2e-7b3a-7c1d-9e2f-3a4b5c6d7e04")
AT = datetime(2026, 10, 1, 18, 0, 5, tzinfo=UTC)

HANDED_ON: dict[str, list[Case]] = {
    "nearby": [
        leads_to(
            call("nearby_drivers.around", Point(lat=37.7, lng=-122.4), 750.0, "comfort", 9),
            query={"lat": "37.7", "lng": "-122.4", "radius_m": "750", "product": "comfort", "limit": "9"},
        )
    ],
    "on_driver_availability": [
        leads_to(call("availability.went_online", "sf-bay", DRIVER, 3), type="DriverWentOnline"),
        leads_to(call("availability.went_offline", DRIVER, 3), type="DriverWentOffline"),
    ],
    "on_driver_traits": [leads_to(call("availability.traits_changed", DRIVER))],
    "on_trip_changed": [
        leads_to(call("availability.trip_goes_on", DRIVER, TRIP), type="TripStarted"),
        leads_to(call("availability.trip_changed", TripChange(DRIVER, TRIP, 5, AT, None)), type="TripCompleted"),
        leads_to(call("availability.trip_changed", TripChange(DRIVER, TRIP, 5, AT, None)), type="TripCancelled"),
        leads_to(call("availability.trip_changed", TripChange(DRIVER, TRIP, 5, AT, None)), type="DriverCancelled"),
        leads_to(type="TripCancelled", driver_id=None),
    ],
    "place_in_queue": [leads_to(call("queues.place_of", DRIVER))],
    "plan_heartbeat_sweeps": [leads_to(call("sweep_plan.plan_minute"), call("reconciliation.run"))],
    "sweep_heartbeats": [leads_to(call("heartbeats.sweep"))],
}
