"""What realtime refuses."""

from __future__ import annotations

from rideflow.kernel.errors import NotFoundError, UnauthenticatedError


class UnknownActionError(NotFoundError):
    """The message names no action that is served, or cannot be read at all."""

    code = "unknown_action"


class TripNotFoundError(NotFoundError):
    """There is no such trip, or the caller takes no part in it."""

    code = "trip_not_found"


class SessionEndedError(UnauthenticatedError):
    """The session that opened the connection was ended."""

    code = "session_ended"


class StillConnectingError(Exception):
    """A connection is to be closed whose handshake is not answered yet: API Gateway does not know it so far."""


class ConnectionGoneError(Exception):
    """The app behind the connection has hung up: the gateway does not know the connection any more."""


class DeliveryFailedError(Exception):
    """The gateway did not take the frame (throttled, down, frame too large); the connection may be alive."""
