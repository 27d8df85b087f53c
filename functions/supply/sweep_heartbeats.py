"""Takes silent drivers offline and reports positions of drivers on trips that are stale.

Needs: redis, event_bus.
Works: heartbeat queue.
"""

from __future__ import annotations

from rideflow.kernel.consumer import queue_worker
from rideflow.supply.messages import HeartbeatSweep
from rideflow.supply.wiring import heartbeats


def sweep_heartbeats(_now: HeartbeatSweep) -> None:
    heartbeats().sweep()


app = queue_worker(sweep_heartbeats)
