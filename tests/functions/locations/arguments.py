"""Arguments that the handlers of locations pass on for their example events."""

from datetime import UTC, datetime
from uuid import UUID

from functions.locations.record_position import RecordPosition
from rideflow.supply.position import Position
from tests.functions.people import DRIVER
from tests.functions.spying import Case, call, leads_to

EVENT = UUID("01998f2e-4444-7c1d-9e2f-3a4b5c6d7e08")
TRIP = UUID("01998f2e-7b3a-7c1d-9e2f-3a4b5c6d7e04")
AT = datetime(2026, 10, 1, 18, 0, 5, tzinfo=UTC)


def position(second: int, lat: float) -> Position:
    return Position(
        lat=lat, lng=-122.4194, recorded_at=datetime(2026, 10, 1, 18, 0, second, tzinfo=UTC), heading_deg=92.5,
        speed_mps=8.3, accuracy_m=6.0,
    )  # fmt: skip


HANDED_ON: dict[str, list[Case]] = {
    "measure_path": [leads_to(call("paths.measure", TRIP))],
    "on_driver_position_stale": [leads_to(call("stale_positions.tell_rider", EVENT, "sf-bay", DRIVER, TRIP))],
    "record_position": [
        leads_to(
            call(
                "tracking.record",
                DRIVER,
                [RecordPosition(action="location", **position(0, 37.7749).model_dump(), sent_at=AT)],
                AT,
            ),
            sent_at=AT.isoformat(),
        )
    ],
    "record_positions": [
        leads_to(
            call("tracking.record", DRIVER, [position(0, 37.7749), None, position(4, 37.7752)], AT),
            positions=[
                position(0, 37.7749).model_dump(mode="json"),
                {"lat": "north"},
                position(4, 37.7752).model_dump(mode="json"),
            ],
            sent_at=AT.isoformat(),
        )
    ],
}
