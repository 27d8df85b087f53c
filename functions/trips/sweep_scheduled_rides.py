"""Makes trips of the scheduled rides that are due: an expected pickup before their time.

Needs: database, event_bus.
Runs: every minute.
"""

from __future__ import annotations

from rideflow.kernel.consumer import scheduled
from rideflow.trips.wiring import due_rides, rides_due_at


def sweep_scheduled_rides() -> dict[str, int]:
    return due_rides().sweep()


app = scheduled(sweep_scheduled_rides, ahead=rides_due_at)
