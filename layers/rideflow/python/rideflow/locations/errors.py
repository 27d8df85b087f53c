"""What locations refuse."""

from __future__ import annotations

from rideflow.kernel.errors import ConflictError


class DriverNotOnlineError(ConflictError):
    """Positions are taken of drivers who are online or on a trip."""

    code = "driver_not_online"
