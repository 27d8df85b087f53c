"""WebSocket `location`: the driver's position, every 4 seconds, or every 15 while a car without a trip stands.

A phone sends every 4 seconds while its car drives or has a trip, also while it stands on that trip: the rider sees the
car, and the path is measured. A car that stands and has no trip sends a heartbeat every 15 seconds. A phone sends at
once when it goes online, when its car drives off and when it gets a trip. An accepted position is answered if the
message asks for it with `ack`, or if the phone's clock is off. A position that is not believed is always answered. An
app that wants to know that it is heard asks with every tenth position or so.

Needs: redis, database, realtime, supply.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from rideflow.kernel.frames import Action
from rideflow.kernel.websocket import Connection, websocket_route
from rideflow.locations.frames import LocationRecorded, LocationRejected
from rideflow.locations.wiring import tracking
from rideflow.supply.position import Position, SentAt


class RecordPosition(Position, Action):
    """Where the driver is."""

    action: Literal["location"]
    sent_at: SentAt | None = None
    ack: Annotated[
        bool, Field(description="Answer this position also if it is accepted and the phone's clock is right")
    ] = False


def record_position(position: RecordPosition, connection: Connection) -> LocationRecorded | LocationRejected | None:
    recorded = tracking().record(connection.person.id, [position], position.sent_at)
    (verdict,), at, matchable = recorded.verdicts, position.recorded_at, recorded.matchable
    clock_offset_s = recorded.clock_offset_s
    if verdict != "accepted":
        return LocationRejected(recorded_at=at, verdict=verdict, matchable=matchable, clock_offset_s=clock_offset_s)
    if not position.ack and clock_offset_s is None:
        return None
    return LocationRecorded(recorded_at=at, matchable=matchable, clock_offset_s=clock_offset_s)


app = websocket_route(record_position, action="location", permission="location:write")
