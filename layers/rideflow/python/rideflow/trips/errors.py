"""What trips refuse."""

from __future__ import annotations

from rideflow.kernel.errors import (
    ConflictError,
    InvalidInputError,
    NotFoundError,
    PaymentRequiredError,
    RateLimitedError,
    UnavailableError,
)


class TripNotFoundError(NotFoundError):
    """There is no such trip, or the caller takes no part in it."""

    code = "trip_not_found"


class TripConflictError(ConflictError):
    """The trip's state does not allow the operation; `extra` names the state."""

    code = "trip_state_conflict"


class ActiveTripExistsError(ConflictError):
    """The rider has a trip that is not over; `extra` names it."""

    code = "active_trip_exists"


class DriverBusyError(ConflictError):
    """The driver is on a trip that is not over."""

    code = "driver_busy"


class PaymentMethodRequiredError(PaymentRequiredError):
    """The rider has no card that could hold the fare."""

    code = "payment_method_required"


class WrongPinError(InvalidInputError):
    """Not the PIN that the rider was shown; `extra` says how many attempts are left."""

    code = "wrong_pin"


class PinLockedError(RateLimitedError):
    """Too many wrong PINs: no attempt counts until `extra`'s time."""

    code = "pin_locked"


class NotAtPickupError(ConflictError):
    """The driver's phone is not where the rider is; `extra` tells `distance_m` and `tolerance_m`."""

    code = "not_at_pickup"


class PositionUnknownError(ConflictError):
    """No position tells where the driver is, or was; once the phone has sent one, the same request may succeed."""

    code = "position_unknown"


class ImplausibleTimeError(InvalidInputError):
    """The command cannot have happened then; `extra` names the `earliest` and the `latest` time."""

    code = "happened_at_implausible"


class AlreadyRatedError(ConflictError):
    """This side has rated the trip before."""

    code = "trip_already_rated"


class RatingClosedError(ConflictError):
    """The trip cannot be rated (any more, or yet)."""

    code = "rating_closed"


class CursorInvalidError(InvalidInputError):
    """Not a cursor that a page gave."""

    code = "cursor_invalid"


class TripBusyError(UnavailableError):
    """Others kept changing the trip; the same request may succeed in a moment."""

    code = "trip_busy"


class ScheduledRideNotFoundError(NotFoundError):
    """There is no such scheduled ride, or it is somebody else's."""

    code = "scheduled_ride_not_found"


class ScheduledRideConflictError(ConflictError):
    """The ride is not scheduled any more; `extra` names its state, and the trip that it became."""

    code = "scheduled_ride_state_conflict"


class ScheduledRideChangedError(ConflictError):
    """The ride is not as the app knows it; `extra` names its version now."""

    code = "scheduled_ride_changed"


class PickupTooSoonError(InvalidInputError):
    """Nobody can be there at that time; `extra` names the earliest."""

    code = "pickup_too_soon"


class PickupTooFarAheadError(InvalidInputError):
    """No price holds so long; `extra` names the latest time."""

    code = "pickup_too_far_ahead"


class TooManyScheduledRidesError(ConflictError):
    """The rider has as many scheduled rides as one may have."""

    code = "too_many_scheduled_rides"


class ScheduledRidesOverlapError(ConflictError):
    """Another scheduled ride is too near in time; `extra` names it."""

    code = "scheduled_rides_overlap"
