"""What the handlers of locations hand on of their example events."""

from datetime import UTC, datetime
from uuid import UUID

from functions.locations.record_position import RecordPosition
from rideflow.kernel.geo import Point
from rideflow.supply.model import Position, TripChange
from tests.functions.people import DRIVER
from tests.functions.spying import Case, call, leads_to

TRIP = UUID("01998f2e-7b3a-7c1d-9e2f-3a4b5c6d7e04")
AT = datetime(2026, 10, 1, 18, 0, 5, tzinfo=UTC)


def position(second: int, lat: float) -> Position:
    return Position(
        lat=lat, lng=-122.4194, recorded_at=datetime(2026, 10, 1, 18, 0, second, tzinfo=UTC), heading_deg=92.5,
        speed_mps=8.3, accuracy_m=6.0,
    )  # fmt: skip


HANDED_ON: dict[str, list[Case]] = {
    "measure_path": [leads_to(call("paths.measure", TRIP))],
    "nearby": [
        leads_to(
            call("locations.nearby", Point(lat=37.7, lng=-122.4), 750.0, "comfort", 9),
            query={"lat": "37.7", "lng": "-122.4", "radius_m": "750", "vehicle_class": "comfort", "limit": "9"},
        )
    ],
    "on_driver_availability": [
        leads_to(call("locations.expect", "sf-bay", DRIVER, 3), type="DriverWentOnline"),
        leads_to(call("locations.forget", DRIVER, 3), type="DriverWentOffline"),
    ],
    "on_driver_traits": [leads_to(call("locations.look_again", DRIVER))],
    "on_trip_changed": [
        leads_to(call("roster.trip_in_hand", DRIVER, TRIP), type="TripStarted"),
        leads_to(call("locations.change_trip", TripChange(DRIVER, TRIP, 5, AT, None)), type="TripCompleted"),
        leads_to(call("locations.change_trip", TripChange(DRIVER, TRIP, 5, AT, None)), type="TripCancelled"),
        leads_to(call("locations.change_trip", TripChange(DRIVER, TRIP, 5, AT, None)), type="DriverCancelled"),
        leads_to(type="TripCancelled", driver_id=None),
    ],
    "place_in_queue": [leads_to(call("locations.place_in_queue", DRIVER))],
    "plan_heartbeat_sweeps": [leads_to(call("heartbeat_rota.plan_minute"), call("mending.mend"))],
    "record_position": [
        leads_to(
            call(
                "locations.record",
                DRIVER,
                [RecordPosition(action="location", **position(0, 37.7749).model_dump(), sent_at=AT)],
                AT,
            ),
            sent_at=AT.isoformat(),
        )
    ],
    "record_positions": [
        leads_to(
            call("locations.record", DRIVER, [position(0, 37.7749), None, position(4, 37.7752)], AT),
            positions=[
                position(0, 37.7749).model_dump(mode="json"),
                {"lat": "north"},
                position(4, 37.7752).model_dump(mode="json"),
            ],
            sent_at=AT.isoformat(),
        )
    ],
    "sweep_heartbeats": [leads_to(call("heartbeats.sweep"))],
}
