"""Hands back, lists or ends the trips whose driver's phone is silent.

Needs: database, redis, event_bus.
Runs: every minute.
"""

from __future__ import annotations

from rideflow.kernel.consumer import scheduled
from rideflow.supply.wiring import position_history
from rideflow.trips.wiring import silent_trips, trips_due_at


def sweep_silent_trips() -> dict[str, int]:
    return silent_trips(position_history).sweep()


app = scheduled(sweep_silent_trips, ahead=trips_due_at)
