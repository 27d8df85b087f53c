"""Publishes again the events of trips that no saga moved on, and ends trips that were not matched in time.

Needs: database, event_bus.
Runs: every minute.
"""

from __future__ import annotations

from rideflow.kernel.consumer import scheduled
from rideflow.trips.wiring import next_living_trip, stalled_trips


def sweep_stalled_trips() -> dict[str, int]:
    return stalled_trips().sweep()


app = scheduled(sweep_stalled_trips, ahead=next_living_trip)
