"""Plans the next minute's sweeps for silent drivers: a schedule itself runs once a minute at most. And mends what Redis
lost of drivers' trips.

Needs: redis, database, locations, heartbeat.
Runs: every minute.
"""

from __future__ import annotations

from rideflow.kernel.consumer import scheduled
from rideflow.locations.wiring import heartbeat_rota, mending


def plan_heartbeat_sweeps() -> int:
    try:
        return heartbeat_rota().plan_minute()
    finally:  # a zone that does not answer is no reason to leave the others unmended
        mending().mend()


app = scheduled(plan_heartbeat_sweeps)
