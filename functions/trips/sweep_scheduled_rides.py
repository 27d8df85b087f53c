"""Makes trips of the scheduled rides that are due: an expected pickup before their time.

Needs: database, event_bus.
Runs: every minute.
"""

from __future__ import annotations

from rideflow.kernel.consumer import scheduled
from rideflow.trips.wiring import due_rides, next_due_ride


def sweep_scheduled_rides() -> dict[str, int]:
    return due_rides().sweep()


app = scheduled(sweep_scheduled_rides, ahead=next_due_ride)
