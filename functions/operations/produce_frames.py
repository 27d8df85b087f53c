"""The frames of a market for the operators who look at it: one a second, for as long as somebody looks.

Needs: database, redis, posts, channel.
Works: operations frames queue.
"""

from __future__ import annotations

from rideflow.kernel.consumer import queue_worker
from rideflow.operations.channel.messages import ProduceFrames
from rideflow.operations.wiring import frame_producers


def produce_frames(message: ProduceFrames) -> None:
    frame_producers().run(message)


app = queue_worker(produce_frames)
