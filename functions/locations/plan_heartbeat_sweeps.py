"""Plans the next minute's sweeps for silent drivers: a schedule itself runs once a minute at most.

Needs: redis, database, locations, heartbeat.
Runs: every minute.
"""

from __future__ import annotations

from rideflow.kernel.consumer import scheduled
from rideflow.locations.wiring import heartbeat_rota


def plan_heartbeat_sweeps() -> int:
    return heartbeat_rota().plan_minute()


app = scheduled(plan_heartbeat_sweeps)
