"""Errors of supply."""

from __future__ import annotations

from rideflow.kernel.errors import ConflictError, NotFoundError


class DriverNotOnlineError(ConflictError):
    """The driver is neither online nor on a trip, so their positions are not taken."""

    code = "driver_not_online"


class NotInQueueError(NotFoundError):
    """The driver is in no airport's queue."""

    code = "not_in_queue"
