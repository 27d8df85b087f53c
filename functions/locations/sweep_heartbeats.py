"""Takes silent drivers offline and tells riders that their driver's position is stale.

Needs: redis, event_bus, realtime, locations.
Works: heartbeat queue.
"""

from __future__ import annotations

from rideflow.kernel.consumer import queue_worker
from rideflow.locations.wiring import HeartbeatSweep, heartbeats


def sweep_heartbeats(_now: HeartbeatSweep) -> None:
    heartbeats().sweep()


app = queue_worker(sweep_heartbeats)
