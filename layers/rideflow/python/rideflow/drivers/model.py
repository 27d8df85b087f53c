"""A driver, their vehicles, and the effect of each command in each state.

| command     | registered | verified, offline | verified, online                      |
|-------------|------------|-------------------|---------------------------------------|
| verify      | verified   | done already      | done already                          |
| go online   | refused    | online            | done already; another vehicle refused |
| go offline  | done already | done already    | offline; refused on a trip            |
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from enum import StrEnum
from typing import get_args
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from rideflow.drivers.errors import (
    AlreadyOnlineError,
    DriverNotVerifiedError,
    DriverOnTripError,
    LicenceExpiredError,
    VehicleClassNotServedError,
    VehicleNotFoundError,
    VehicleTooOldError,
    VehicleYearError,
)
from rideflow.kernel.geo import Point
from rideflow.kernel.ride_requirements import Payment
from rideflow.kernel.vehicles import VehicleClass
from rideflow.markets.zones import Zone


class DriverState(StrEnum):
    REGISTERED = "registered"
    VERIFIED = "verified"


class Vehicle(BaseModel):
    """A car that a driver may drive."""

    model_config = ConfigDict(frozen=True, from_attributes=True, defer_build=True)

    id: UUID
    plate: str
    make: str
    model: str
    year: int
    colour: str
    vehicle_class: VehicleClass
    wheelchair_accessible: bool = False
    added_at: datetime


class Driver(BaseModel):
    """A driver. `version` counts changes; `vehicle_id` is the vehicle in use, or used last."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    id: UUID
    name: str
    phone: str
    licence: str
    licence_expires_on: date | None = None
    state: DriverState = DriverState.REGISTERED
    version: int = 1
    registered_at: datetime
    verified_at: datetime | None = None
    verified_by: UUID | None = None
    online: bool = False
    online_since: datetime | None = None
    vehicle_id: UUID | None = None
    zone: str | None = None
    rating_sum: int = 0
    rating_count: int = 0
    accepted_payments: tuple[Payment, ...] = get_args(Payment)
    takes_upgrades: bool = False
    destination_lat: float | None = None
    destination_lng: float | None = None
    destination_until: datetime | None = None
    destination_day: date | None = None
    destination_uses: int = 0
    vehicles: tuple[Vehicle, ...] = ()
    on_trip: bool = False

    @property
    def rating(self) -> float | None:
        """The mean of the stars, to two places; None before the first rating."""
        return round(self.rating_sum / self.rating_count, 2) if self.rating_count else None

    @property
    def destination(self) -> Point | None:
        """The driver's destination, even if its time has passed."""
        if self.destination_lat is None or self.destination_lng is None:
            return None
        return Point(lat=self.destination_lat, lng=self.destination_lng)

    def vehicle(self, vehicle_id: UUID) -> Vehicle:
        """The driver's vehicle with this id. Raises `VehicleNotFoundError`."""
        for vehicle in self.vehicles:
            if vehicle.id == vehicle_id:
                return vehicle
        raise VehicleNotFoundError("You have no such vehicle.", field="vehicle_id")


def verify(driver: Driver, operator_id: UUID, at: datetime) -> Driver | None:
    """The verified driver; None if they are verified already."""
    if driver.state is DriverState.VERIFIED:
        return None
    return changed(driver, state=DriverState.VERIFIED, verified_at=at, verified_by=operator_id)


def go_online(driver: Driver, vehicle_id: UUID, zone: Zone, at: datetime, *, today: date) -> Driver | None:
    """The online driver; None if they are online in this vehicle already. `today` is the date in the zone's market.

    Raises `DriverNotVerifiedError`, `LicenceExpiredError`, `VehicleNotFoundError`, `VehicleTooOldError`,
    `VehicleClassNotServedError`, `AlreadyOnlineError`.
    """
    if driver.state is not DriverState.VERIFIED:
        raise DriverNotVerifiedError("Your registration has not been verified yet.")
    if driver.licence_expires_on is not None and driver.licence_expires_on < today:
        raise LicenceExpiredError("Your driving licence has expired.")
    vehicle = driver.vehicle(vehicle_id)
    max_age_years = zone.market.documents.max_vehicle_age_years
    if is_too_old(vehicle.year, today, max_age_years):
        raise VehicleTooOldError(f"Vehicles older than {max_age_years} years are not accepted.")
    if vehicle.vehicle_class not in zone.market.vehicle_classes:
        raise VehicleClassNotServedError(
            "Vehicles of this class serve no rides here.", vehicle_classes=list(zone.market.vehicle_classes)
        )
    if driver.online:
        if driver.vehicle_id != vehicle_id:
            raise AlreadyOnlineError("You are online in another vehicle; please go offline first.")
        return None
    return changed(driver, online=True, online_since=at, vehicle_id=vehicle_id, zone=zone.id)


def go_offline(driver: Driver) -> Driver | None:
    """The offline driver; None if they are offline already. Raises `DriverOnTripError`."""
    if not driver.online:
        return None
    if driver.on_trip:
        raise DriverOnTripError("Please end your trip before you go offline.")
    nowhere = {"destination_lat": None, "destination_lng": None, "destination_until": None}
    return changed(driver, online=False, online_since=None, **nowhere)


def prefer(driver: Driver, accepted: Collection[Payment], *, takes_upgrades: bool) -> Driver | None:
    """The driver with these preferences; None if they have them already."""
    ordered = tuple(payment for payment in get_args(Payment) if payment in accepted)
    if (ordered, takes_upgrades) == (driver.accepted_payments, driver.takes_upgrades):
        return None
    return changed(driver, accepted_payments=ordered, takes_upgrades=takes_upgrades)


def lose_heartbeat(driver: Driver, found_silent_at: datetime) -> Driver | None:
    """The driver taken offline because of silence; None if they are offline, on a trip, or came back since."""
    came_back = driver.online_since is not None and driver.online_since > found_silent_at
    return None if driver.on_trip or came_back else go_offline(driver)


def check_year(year: int, today: date, max_age_years: int) -> None:
    """Raises `VehicleYearError` unless a vehicle of this model year may be added. Next year's models are sold now."""
    if year > today.year + 1:
        raise VehicleYearError("This model year lies in the future.", field="year")
    if is_too_old(year, today, max_age_years):
        raise VehicleYearError(f"Vehicles older than {max_age_years} years are not accepted.", field="year")


def is_too_old(year: int, today: date, max_age_years: int) -> bool:
    return today.year - year > max_age_years


def changed(driver: Driver, **changes: object) -> Driver:
    """The driver with these changes, and the next version."""
    return driver.model_copy(update={**changes, "version": driver.version + 1})
