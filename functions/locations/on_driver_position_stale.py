"""The last position of a driver on a trip is stale: the rider's app shows that the car's place is not known.

Needs: redis, realtime.
Consumes: DriverPositionStale (rideflow.supply).
"""

from __future__ import annotations

from uuid import UUID

from rideflow.kernel.consumer import consumer
from rideflow.kernel.model import Message
from rideflow.locations.wiring import stale_positions


class PositionStale(Message):
    id: UUID
    driver_id: UUID
    trip_id: UUID
    zone: str


def on_driver_position_stale(stale: PositionStale) -> None:
    stale_positions().tell_rider(stale.id, stale.zone, stale.driver_id, stale.trip_id)


app = consumer(on_driver_position_stale)
