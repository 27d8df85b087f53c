"""WebSocket `location`: the driver's position, every 3 to 5 seconds.

Needs: redis, database, realtime, supply.
"""

from __future__ import annotations

from typing import Literal

from rideflow.kernel.frames import Action
from rideflow.kernel.websocket import Connection, websocket_route
from rideflow.locations.frames import LocationRecorded, LocationRejected
from rideflow.locations.wiring import tracking
from rideflow.supply.position import Position, SentAt


class RecordPosition(Position, Action):
    """Where the driver is."""

    action: Literal["location"]
    sent_at: SentAt | None = None


def record_position(position: RecordPosition, connection: Connection) -> LocationRecorded | LocationRejected:
    recorded = tracking().record(connection.person.id, [position], position.sent_at)
    (verdict,), at, matchable = recorded.verdicts, position.recorded_at, recorded.matchable
    if verdict == "accepted":
        return LocationRecorded(recorded_at=at, matchable=matchable, clock_offset_s=recorded.clock_offset_s)
    return LocationRejected(
        recorded_at=at, verdict=verdict, matchable=matchable, clock_offset_s=recorded.clock_offset_s
    )


app = websocket_route(record_position, action="location", permission="location:write")
