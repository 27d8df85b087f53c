"""Messages that supply sends through its own queues."""

from __future__ import annotations

from rideflow.kernel.model import Message


class HeartbeatSweep(Message):
    """Look for silent drivers now."""
