"""What supply refuses."""

from __future__ import annotations

from rideflow.kernel.errors import ConflictError, NotFoundError


class DriverNotOnlineError(ConflictError):
    """Positions are taken of drivers who are online or on a trip."""

    code = "driver_not_online"


class NotInQueueError(NotFoundError):
    """The driver stands in no airport's queue."""

    code = "not_in_queue"
