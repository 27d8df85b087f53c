"""Asks again for what a saga should have done to a trip, and ends trips that nobody matches.

Needs: database, event_bus.
Runs: every minute.
"""

from __future__ import annotations

from rideflow.kernel.consumer import scheduled
from rideflow.trips.wiring import stuck_trips


def sweep_stuck_trips() -> dict[str, int]:
    return stuck_trips().sweep()


app = scheduled(sweep_stuck_trips)
