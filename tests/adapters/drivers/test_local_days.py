"""A day ends at midnight of the market: what is good until a day is good until then."""

from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from rideflow.drivers.api import AddVehicle, GoOnline, RegisterDriver
from rideflow.drivers.destination import PutDestination
from rideflow.drivers.errors import LicenceExpiredError, VehicleTooOldError, VehicleYearError
from rideflow.drivers.service import Driving
from rideflow.drivers.store import PostgresDrivers
from rideflow.kernel.geo import Point
from rideflow.kernel.idempotency import IdempotencyKey
from rideflow.markets.model import Markets
from tests.databases import database_at
from tests.keys import with_seals
from tests.market_data import DEPLOYED
from tests.new_york import new_york_alone

SAN_FRANCISCO = {"lat": 37.7749, "lng": -122.4194}
LAST_SECOND = datetime(2026, 11, 30, 7, 59, 59, tzinfo=UTC)
"""Of 29 November 2026 in San Francisco."""
MIDNIGHT = datetime(2026, 11, 30, 8, 0, tzinfo=UTC)
LAST_OF_THE_YEAR, NEW_YEAR = datetime(2027, 1, 1, 7, 59, tzinfo=UTC), datetime(2027, 1, 1, 8, 0, tzinfo=UTC)


class Office:
    """The use cases of one driver, at a time to be set."""

    def __init__(self, database_url: str, markets: Markets = DEPLOYED) -> None:
        self.database = database_at(database_url)
        self.now, self.driver = LAST_SECOND, uuid4()
        self.driving = Driving(PostgresDrivers(self.database, with_seals), lambda _: None, markets, lambda: self.now)

    def registers(self, expires_on: date | None) -> None:
        wanted = RegisterDriver(name="Ada", phone="+14155550123", licence="D1234567", licence_expires_on=expires_on)
        self.driving.register(self.driver, wanted, IdempotencyKey.of(self.driver, "register", str(uuid4()), wanted))

    def adds(self, year: int) -> UUID:
        wanted = AddVehicle.model_validate(
            {"plate": "8ABC123", "make": "Toyota", "model": "Prius", "year": year, "colour": "silver",
             "vehicle_class": "economy"}
        )  # fmt: skip
        key = IdempotencyKey.of(self.driver, "add", str(uuid4()), wanted)
        return self.driving.add_vehicle(self.driver, wanted, key).id

    def goes_online(self, vehicle_id: UUID) -> None:
        self.driving.go_online(self.driver, GoOnline(vehicle_id=vehicle_id, **SAN_FRANCISCO))


@pytest.fixture
def office(database_url: str) -> Office:
    return Office(database_url)


def test_a_licence_is_good_until_midnight_of_the_zone_s_market(office: Office) -> None:
    office.registers(date(2026, 11, 29))
    car = office.adds(2023)
    office.driving.verify(office.driver, uuid4())

    office.goes_online(car)
    office.driving.go_offline(office.driver)

    office.now = MIDNIGHT
    with pytest.raises(LicenceExpiredError):
        office.goes_online(car)
    office.database.close()


@pytest.mark.parametrize(("at", "is_good"), [(LAST_SECOND, True), (MIDNIGHT, False)])
def test_a_licence_is_accepted_until_midnight_of_the_last_city(office: Office, at: datetime, is_good: bool) -> None:
    """Nobody knows yet where its driver will drive."""
    office.now = at
    if is_good:
        office.registers(date(2026, 11, 29))
    else:
        with pytest.raises(LicenceExpiredError):
            office.registers(date(2026, 11, 29))
    office.database.close()


def test_a_vehicle_becomes_too_old_at_the_citys_new_year(office: Office) -> None:
    office.registers(None)
    office.now = LAST_OF_THE_YEAR
    car = office.adds(2026 - DEPLOYED.named("san_francisco").documents.max_vehicle_age_years)
    with pytest.raises(VehicleYearError):
        office.adds(2028)
    office.driving.verify(office.driver, uuid4())
    office.goes_online(car)
    office.driving.go_offline(office.driver)

    office.now = NEW_YEAR
    with pytest.raises(VehicleTooOldError):
        office.goes_online(car)
    office.database.close()


def test_a_driver_whose_zone_was_taken_away_has_a_destination_and_goes_offline(
    office: Office, database_url: str, tmp_path: Path
) -> None:
    office.registers(None)
    car = office.adds(2023)
    office.driving.verify(office.driver, uuid4())
    office.goes_online(car)
    later = Office(database_url, new_york_alone(tmp_path))
    later.driver = office.driver

    wanted = PutDestination(place=Point(lat=40.75, lng=-73.99))
    later.driving.set_destination(office.driver, wanted)
    assert later.driving.destination(office.driver).place == wanted.place
    assert not later.driving.go_offline(office.driver).online
    later.database.close()
    office.database.close()
