"""What drivers' use cases refuse."""

from __future__ import annotations

from typing import TypedDict

from rideflow.kernel.errors import ConflictError, InvalidInputError, NotFoundError


class DriverNotFoundError(NotFoundError):
    """Nobody with this id is registered as a driver."""

    code = "driver_not_found"


class DriverExistsError(ConflictError):
    """The person is registered as a driver already."""

    code = "driver_exists"


class VehicleNotFoundError(NotFoundError):
    """The driver has no such vehicle."""

    code = "vehicle_not_found"


class VehicleExistsError(ConflictError):
    """The driver has a vehicle of this plate."""

    code = "vehicle_exists"


class VehicleYearError(InvalidInputError):
    """The vehicle is too old to carry riders, or not built yet."""

    code = "vehicle_year"


class UnknownVehicleClassError(InvalidInputError):
    """No market has this class of vehicle; `vehicle_classes` are those that there are."""

    code = "unknown_vehicle_class"

    class Members(TypedDict):
        vehicle_classes: list[str]


class VehicleClassNotServedError(ConflictError):
    """The market has no product that vehicles of this class serve; `vehicle_classes` are those of the market."""

    code = "vehicle_class_not_served"

    class Members(TypedDict):
        vehicle_classes: list[str]


class VehicleTooOldError(ConflictError):
    """The vehicle was accepted once and has become too old."""

    code = "vehicle_too_old"


class LicenceExpiredError(ConflictError):
    """The driving licence is no longer valid."""

    code = "licence_expired"


class DriverNotVerifiedError(ConflictError):
    """An operator has not verified the driver yet."""

    code = "driver_not_verified"


class AlreadyOnlineError(ConflictError):
    """The driver is online in another vehicle."""

    code = "already_online"


class DriverOnTripError(ConflictError):
    """The driver is on a trip, which must end first."""

    code = "driver_on_trip"


class DriverOfflineError(ConflictError):
    """The driver takes no trips now."""

    code = "driver_offline"


class ArriveByError(InvalidInputError):
    """Nobody is there so soon, or it is too long to choose trips for."""

    code = "arrive_by"


class DestinationLimitError(ConflictError):
    """The driver has set as many destinations today as a day allows."""

    code = "destination_limit"


class DestinationNotFoundError(NotFoundError):
    """The driver is heading nowhere."""

    code = "destination_not_found"
