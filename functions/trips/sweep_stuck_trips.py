"""Publishes again the events of trips that no saga moved on, and ends trips that were not matched in time.

Needs: database, event_bus.
Runs: every minute.
"""

from __future__ import annotations

from rideflow.kernel.consumer import scheduled
from rideflow.trips.wiring import stuck_trips


def sweep_stuck_trips() -> dict[str, int]:
    return stuck_trips().sweep()


app = scheduled(sweep_stuck_trips)
