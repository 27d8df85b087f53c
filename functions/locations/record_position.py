"""WebSocket `location`: the driver's position, every 3 to 5 seconds.

Needs: redis, database, realtime, locations.
"""

from __future__ import annotations

from typing import Literal

from rideflow.kernel.frames import Action
from rideflow.kernel.websocket import Connection, websocket_route
from rideflow.locations.frames import LocationRecorded, LocationRejected
from rideflow.locations.model import Position
from rideflow.locations.wiring import locations


class RecordPosition(Position, Action):
    """Where the driver is."""

    action: Literal["location"]


def record_position(position: RecordPosition, connection: Connection) -> LocationRecorded | LocationRejected:
    (verdict,) = locations().record(connection.person.id, [position])
    if verdict == "accepted":
        return LocationRecorded(recorded_at=position.recorded_at)
    return LocationRejected(recorded_at=position.recorded_at, verdict=verdict)


app = websocket_route(record_position, action="location", permission="location:write")
