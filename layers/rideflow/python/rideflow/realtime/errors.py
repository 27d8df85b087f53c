"""Errors of realtime."""

from __future__ import annotations

from rideflow.kernel.errors import NotFoundError, UnauthenticatedError


class UnknownActionError(NotFoundError):
    """The message cannot be read, or names an action that does not exist."""

    code = "unknown_action"


class TripNotFoundError(NotFoundError):
    """There is no such trip, or the caller takes no part in it."""

    code = "trip_not_found"


class SessionEndedError(UnauthenticatedError):
    """The session that opened the connection was ended."""

    code = "session_ended"


class StillConnectingError(Exception):
    """API Gateway does not know the connection yet: its handshake is not complete, so it cannot be closed."""


class ConnectionGoneError(Exception):
    """The gateway does not know the connection any more: the app has closed it."""


class DeliveryFailedError(Exception):
    """The gateway did not take the frame (throttled, down, frame too large); the connection may be alive."""
