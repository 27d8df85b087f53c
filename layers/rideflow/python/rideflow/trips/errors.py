"""What trips refuse."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Literal, NotRequired, TypedDict
from uuid import UUID

from rideflow.kernel.errors import (
    ConflictError,
    InvalidInputError,
    NotFoundError,
    PaymentRequiredError,
    RateLimitedError,
    UnavailableError,
)

if TYPE_CHECKING:
    from rideflow.trips.model import TripState
    from rideflow.trips.scheduled.model import RideState


class TripNotFoundError(NotFoundError):
    """There is no such trip, or the caller takes no part in it."""

    code = "trip_not_found"


class TripConflictError(ConflictError):
    """The trip's state does not allow the operation; `state` is the one it is in.

    A driver whose trip went to others is told `handed_back`, and nothing of what became of it.
    """

    code = "trip_state_conflict"

    class Members(TypedDict):
        state: TripState | Literal["handed_back"]


class ActiveTripExistsError(ConflictError):
    """The rider has a trip that is not over; `extra` names it."""

    code = "active_trip_exists"

    class Members(TypedDict):
        trip_id: UUID


class DriverBusyError(ConflictError):
    """The driver is on a trip that is not over."""

    code = "driver_busy"


class PaymentMethodRequiredError(PaymentRequiredError):
    """The rider has no card that could hold the fare."""

    code = "payment_method_required"


class WrongPinError(InvalidInputError):
    """Not the PIN that the rider was shown; `attempts_left` says how many are left."""

    code = "wrong_pin"

    class Members(TypedDict):
        attempts_left: int
        locked_until: NotRequired[datetime]


class PinLockedError(RateLimitedError):
    """Too many wrong PINs: no attempt counts until `locked_until`."""

    code = "pin_locked"

    class Members(TypedDict):
        retry_after_s: int
        locked_until: datetime


class NotAtPickupError(ConflictError):
    """The driver's phone is not where the rider is; `extra` tells `distance_m` and `tolerance_m`."""

    code = "not_at_pickup"

    class Members(TypedDict):
        distance_m: int
        tolerance_m: int


class PositionUnknownError(ConflictError):
    """No position tells where the driver is, or was; once the phone has sent one, the same request may succeed."""

    code = "position_unknown"


class ImplausibleTimeError(InvalidInputError):
    """The command cannot have happened then; `extra` names the `earliest` and the `latest` time."""

    code = "happened_at_implausible"

    class Members(TypedDict):
        earliest: datetime
        latest: datetime


class AlreadyRatedError(ConflictError):
    """This side has rated the trip before."""

    code = "trip_already_rated"


class RatingClosedError(ConflictError):
    """The trip cannot be rated (any more, or yet)."""

    code = "rating_closed"

    class Members(TypedDict):
        state: TripState


class TripBusyError(UnavailableError):
    """Others kept changing the trip; the same request may succeed in a moment."""

    code = "trip_busy"


class ScheduledRideNotFoundError(NotFoundError):
    """There is no such scheduled ride, or it is somebody else's."""

    code = "scheduled_ride_not_found"


class ScheduledRideConflictError(ConflictError):
    """The ride is not scheduled any more; `state` is the one it is in, `trip_id` the trip that it became."""

    code = "scheduled_ride_state_conflict"

    class Members(TypedDict):
        state: RideState
        trip_id: UUID | None


class ScheduledRideChangedError(ConflictError):
    """The ride is not as the app knows it; `version` is the one it has now."""

    code = "scheduled_ride_changed"

    class Members(TypedDict):
        version: int


class PickupTooSoonError(InvalidInputError):
    """Nobody can be there at that time; `earliest` is the first possible time."""

    code = "pickup_too_soon"

    class Members(TypedDict):
        earliest: datetime


class PickupTooFarAheadError(InvalidInputError):
    """No price holds so long; `latest` is the last possible time."""

    code = "pickup_too_far_ahead"

    class Members(TypedDict):
        latest: datetime


class TooManyScheduledRidesError(ConflictError):
    """The rider has as many scheduled rides as one may have."""

    code = "too_many_scheduled_rides"


class ScheduledRidesOverlapError(ConflictError):
    """Another scheduled ride is too near in time; `extra` names it."""

    code = "scheduled_rides_overlap"

    class Members(TypedDict):
        scheduled_ride_id: UUID
