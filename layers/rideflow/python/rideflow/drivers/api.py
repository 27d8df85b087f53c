"""Requests and responses of `/v1/drivers`."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import AfterValidator, BeforeValidator, Field

from rideflow.drivers.model import Driver, DriverState
from rideflow.kernel.contact import PersonName, Phone
from rideflow.kernel.model import NO_REPEATS, Request, View
from rideflow.kernel.ride_requirements import Payment
from rideflow.kernel.text import ONE_LINE
from rideflow.kernel.timestamps import CalendarDate
from rideflow.kernel.vehicles import VehicleClass


def _compact(value: object) -> object:
    """`" ab-12 cd"` as `AB12CD`, so that two ways to write a plate are the same plate."""
    return value.upper().replace(" ", "").replace("-", "") if isinstance(value, str) else value


Plate = Annotated[str, BeforeValidator(_compact), Field(pattern=r"^[A-Z0-9]{2,10}$", examples=["8ABC123"])]
Licence = Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{4,30}$", examples=["D1234567"]), AfterValidator(str.upper)]
Word = Annotated[str, Field(min_length=1, max_length=40), ONE_LINE]


class RegisterDriver(Request):
    """The person and their driving licence."""

    name: PersonName
    phone: Phone
    licence: Licence
    licence_expires_on: CalendarDate | None = None


class AddVehicle(Request):
    """A car, as described in its papers."""

    plate: Plate
    make: Word
    model: Word
    year: Annotated[int, Field(ge=1900, le=2200, description="Model year")]
    colour: Word
    vehicle_class: VehicleClass
    wheelchair_accessible: Annotated[bool, Field(description="A passenger can stay in their wheelchair")] = False


class GoOnline(Request):
    """The vehicle with which the driver goes online, and their place."""

    vehicle_id: UUID
    lat: Annotated[float, Field(ge=-90, le=90, description="Latitude, WGS 84 degrees")]
    lng: Annotated[float, Field(ge=-180, le=180, description="Longitude, WGS 84 degrees")]


class PutPreferences(Request):
    """The rides that the driver takes. A preference that is left out has its default."""

    accepted_payments: Annotated[
        frozenset[Payment], NO_REPEATS, Field(min_length=1, description="Kinds of card that rides may be paid with")
    ]
    takes_upgrades: Annotated[
        bool,
        Field(description="Rides of products that the vehicle may serve as an upgrade, at their price"),
    ] = False


class VehicleView(View):
    """A driver's vehicle."""

    id: UUID
    plate: str
    make: str
    model: str
    year: int
    colour: str
    vehicle_class: VehicleClass
    wheelchair_accessible: bool
    added_at: datetime


class DriverView(View):
    """A driver, as shown to themselves and to operators."""

    id: UUID
    name: str
    phone: str
    licence: str
    licence_expires_on: date | None
    state: DriverState
    registered_at: datetime
    verified_at: datetime | None
    online: bool
    online_since: datetime | None
    vehicle_id: Annotated[UUID | None, Field(description="The vehicle in use, or used last")]
    zone: str | None
    rating: Annotated[float | None, Field(description="Mean of 1 to 5 stars; null before the first rating")]
    rating_count: int
    accepted_payments: tuple[Payment, ...]
    takes_upgrades: bool = False
    vehicles: tuple[VehicleView, ...]

    @classmethod
    def of(cls, driver: Driver) -> Self:
        return cls.model_validate(driver)
