"""A zone's tick: riders who wait are matched with free drivers, all together.

Needs: database, redis, realtime, dispatch.
Works: dispatch tick queue.
"""

from __future__ import annotations

from rideflow.dispatch.messages import Tick
from rideflow.dispatch.wiring import ticks
from rideflow.kernel.consumer import queue_worker


def tick(message: Tick) -> None:
    ticks().run(message)


app = queue_worker(tick)
