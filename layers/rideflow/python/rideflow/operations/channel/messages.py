"""The message of the channel's queue."""

from __future__ import annotations

from rideflow.kernel.model import Message


class ProduceFrames(Message):
    """Produce the market's frames. `start_id` tells the one expected message from duplicates."""

    market: str
    start_id: str
