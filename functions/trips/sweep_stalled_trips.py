"""Publishes again the events of trips that no saga moved on, and ends trips that were not matched in time.

Needs: database, event_bus.
Runs: every minute.
"""

from __future__ import annotations

from rideflow.kernel.consumer import scheduled
from rideflow.trips.wiring import stalled_trips, trips_due_at


def sweep_stalled_trips() -> dict[str, int]:
    return stalled_trips().sweep()


app = scheduled(sweep_stalled_trips, ahead=trips_due_at)
