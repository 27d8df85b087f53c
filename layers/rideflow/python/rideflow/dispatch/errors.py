"""What dispatch refuses: why an offer cannot be answered."""

from __future__ import annotations

from rideflow.kernel.errors import ConflictError, NotFoundError


class OfferNotFoundError(NotFoundError):
    """The trip was not offered to this driver."""

    code = "offer_not_found"


class OfferExpiredError(ConflictError):
    """The answer came after the offer's time."""

    code = "offer_expired"


class OfferDeclinedError(ConflictError):
    """The driver declined the offer before."""

    code = "offer_declined"


class OfferWithdrawnError(ConflictError):
    """The offer was taken back, since the driver took another trip."""

    code = "offer_withdrawn"


class OfferAcceptedError(ConflictError):
    """The driver accepted the offer before: such a trip is cancelled, not declined."""

    code = "offer_accepted"


class TripTakenError(ConflictError):
    """Another driver was quicker."""

    code = "trip_taken"


class AlreadyOnTripError(ConflictError):
    """The driver is on another trip."""

    code = "already_on_trip"


class TripEndedError(ConflictError):
    """The trip is not to be had any more: cancelled, given up, or over."""

    code = "trip_ended"
