"""What supply sends through queues of its own."""

from __future__ import annotations

from rideflow.kernel.model import Message


class HeartbeatSweep(Message):
    """Look for silent drivers now."""
