"""Errors of drivers."""

from __future__ import annotations

from typing import TypedDict

from rideflow.kernel.errors import ConflictError, InvalidInputError, NotFoundError


class DriverNotFoundError(NotFoundError):
    """No driver with this id is registered."""

    code = "driver_not_found"


class DriverExistsError(ConflictError):
    """The person is registered as a driver already."""

    code = "driver_exists"


class VehicleNotFoundError(NotFoundError):
    """The driver has no such vehicle."""

    code = "vehicle_not_found"


class VehicleExistsError(ConflictError):
    """The driver has a vehicle with this plate."""

    code = "vehicle_exists"


class VehicleYearError(InvalidInputError):
    """The vehicle is too old to carry riders, or not built yet."""

    code = "vehicle_year"


class UnknownVehicleClassError(InvalidInputError):
    """No market has this vehicle class; `vehicle_classes` are the classes of all markets."""

    code = "unknown_vehicle_class"

    class Members(TypedDict):
        vehicle_classes: list[str]


class VehicleClassNotServedError(ConflictError):
    """Vehicles of this class serve no product of the market; `vehicle_classes` are the market's classes."""

    code = "vehicle_class_not_served"

    class Members(TypedDict):
        vehicle_classes: list[str]


class VehicleTooOldError(ConflictError):
    """The vehicle was accepted, but has become too old."""

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
    """The driver is offline."""

    code = "driver_offline"


class ArriveByError(InvalidInputError):
    """The arrival time is too soon or too far ahead."""

    code = "arrive_by"


class DestinationLimitError(ConflictError):
    """The driver has set as many destinations today as are allowed on a day."""

    code = "destination_limit"


class DestinationNotFoundError(NotFoundError):
    """The driver has no destination."""

    code = "destination_not_found"
