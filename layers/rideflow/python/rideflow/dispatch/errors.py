"""What dispatch refuses: why an offer cannot be answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, NotRequired, TypedDict

from rideflow.kernel.errors import ConflictError, NotFoundError

if TYPE_CHECKING:
    from rideflow.dispatch.model import OfferState
    from rideflow.kernel.ride_requirements import Unmet
    from rideflow.trips.model import TripState


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
    """The offer was taken back, since the driver took another trip or went offline."""

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


class AlreadyPromisedError(ConflictError):
    """The driver promised to take another trip next."""

    code = "already_promised"


class TripEndedError(ConflictError):
    """The trip is not to be had any more: cancelled, given up, or over."""

    code = "trip_ended"


class TripNotWaitingError(ConflictError):
    """The trip does not wait for a driver (yet, or any more); `state` is the one it is in."""

    code = "trip_not_waiting"

    class Members(TypedDict):
        state: TripState


class DriverNotFoundError(NotFoundError):
    """Nobody with this id is registered as a driver."""

    code = "driver_not_found"


class DriverIsRiderError(ConflictError):
    """Nobody drives themselves."""

    code = "driver_is_rider"


class DriverOfflineError(ConflictError):
    """The driver takes no trips now."""

    code = "driver_offline"


class VehicleUnsuitableError(ConflictError):
    """The driver's vehicle is not what the rider ordered."""

    code = "vehicle_unsuitable"

    class Members(TypedDict):
        unmet: NotRequired[Unmet]


class DriverUnsuitableError(ConflictError):
    """The driver is not what the ride needs; `unmet` is what it lacks."""

    code = "driver_unsuitable"

    class Members(TypedDict):
        unmet: Unmet


class DriverHasOfferError(ConflictError):
    """The driver holds as many live offers as the zone allows, or one of this trip."""

    code = "driver_has_offer"


class DriverAskedBeforeError(ConflictError):
    """The trip was offered to the driver before; `earlier` is how that ended."""

    code = "driver_asked_before"

    class Members(TypedDict):
        earlier: OfferState


class DriverNotLocatedError(ConflictError):
    """Nobody knows where in the trip's market the driver is."""

    code = "driver_not_located"


class ZoneNotFoundError(NotFoundError):
    """No market has a zone of this name."""

    code = "zone_not_found"
