from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from rideflow.drivers import model
from rideflow.drivers.errors import (
    AlreadyOnlineError,
    DriverNotVerifiedError,
    DriverOnTripError,
    LicenceExpiredError,
    VehicleNotFoundError,
    VehicleTooOldError,
    VehicleYearError,
)
from rideflow.drivers.model import Driver, DriverState, Vehicle
from rideflow.markets.documents import Documents

NOW = datetime(2026, 10, 1, 18, 0, tzinfo=UTC)
VEHICLE_ID = UUID("0199a0b1-0000-7000-8000-000000000001")
OPERATOR_ID = uuid4()
DOCUMENTS = Documents(max_vehicle_age_years=15)


def vehicle(vehicle_id: UUID = VEHICLE_ID, year: int = 2023) -> Vehicle:
    return Vehicle(
        id=vehicle_id,
        plate="8ABC123",
        make="Toyota",
        model="Prius",
        year=year,
        colour="silver",
        vehicle_class="economy",
        added_at=NOW,
    )


def driver(**changes: Any) -> Driver:
    registered = Driver(
        id=uuid4(),
        name="Ada",
        phone="+14155550123",
        licence="D1234567",
        registered_at=NOW,
        vehicles=(vehicle(),),
    )
    return registered.model_copy(update=changes)


def verified(**changes: Any) -> Driver:
    return driver(state=DriverState.VERIFIED, **changes)


def online(**changes: Any) -> Driver:
    return verified(**{"online": True, "online_since": NOW, "vehicle_id": VEHICLE_ID, "zone": "sf", **changes})


def test_verifying_records_the_operator_and_the_time() -> None:
    changed = model.verify(driver(version=4), OPERATOR_ID, NOW)

    assert changed is not None
    assert (changed.state, changed.verified_by, changed.verified_at) == (DriverState.VERIFIED, OPERATOR_ID, NOW)
    assert changed.version == 5


def test_verifying_again_changes_nothing() -> None:
    assert model.verify(verified(), OPERATOR_ID, NOW) is None


def test_a_verified_driver_goes_online_in_a_vehicle_of_theirs() -> None:
    changed = model.go_online(verified(version=2), VEHICLE_ID, "sf", NOW, today=NOW.date(), documents=DOCUMENTS)

    assert changed is not None
    assert (changed.online, changed.online_since, changed.vehicle_id, changed.zone) == (True, NOW, VEHICLE_ID, "sf")
    assert changed.version == 3


def test_going_online_again_in_the_same_vehicle_changes_nothing() -> None:
    assert model.go_online(online(), VEHICLE_ID, "sf", NOW, today=NOW.date(), documents=DOCUMENTS) is None


def test_a_driver_who_is_online_does_not_change_the_vehicle() -> None:
    other = uuid4()

    with pytest.raises(AlreadyOnlineError):
        model.go_online(
            online(vehicles=(vehicle(), vehicle(other))), other, "sf", NOW, today=NOW.date(), documents=DOCUMENTS
        )


def test_a_driver_who_is_not_verified_does_not_go_online() -> None:
    with pytest.raises(DriverNotVerifiedError):
        model.go_online(driver(), VEHICLE_ID, "sf", NOW, today=NOW.date(), documents=DOCUMENTS)


def test_nobody_goes_online_in_a_vehicle_that_is_not_theirs() -> None:
    with pytest.raises(VehicleNotFoundError):
        model.go_online(verified(), uuid4(), "sf", NOW, today=NOW.date(), documents=DOCUMENTS)


def test_a_vehicle_that_has_become_too_old_is_left_at_home() -> None:
    with pytest.raises(VehicleTooOldError):
        model.go_online(
            verified(vehicles=(vehicle(year=2010),)), VEHICLE_ID, "sf", NOW, today=NOW.date(), documents=DOCUMENTS
        )


@pytest.mark.parametrize("expires_on", [None, NOW.date(), date(2030, 1, 1)])
def test_a_licence_is_good_to_its_last_day(expires_on: date | None) -> None:
    assert (
        model.go_online(
            verified(licence_expires_on=expires_on), VEHICLE_ID, "sf", NOW, today=NOW.date(), documents=DOCUMENTS
        )
        is not None
    )


def test_an_expired_licence_keeps_the_driver_offline() -> None:
    with pytest.raises(LicenceExpiredError):
        model.go_online(
            verified(licence_expires_on=date(2026, 9, 30)), VEHICLE_ID, "sf", NOW, today=NOW.date(), documents=DOCUMENTS
        )


def test_a_driver_goes_offline_and_keeps_the_vehicle_in_mind() -> None:
    changed = model.go_offline(online())

    assert changed is not None
    assert (changed.online, changed.online_since, changed.vehicle_id) == (False, None, VEHICLE_ID)


def test_going_offline_again_changes_nothing() -> None:
    assert model.go_offline(verified()) is None


def test_a_driver_on_a_trip_does_not_go_offline() -> None:
    with pytest.raises(DriverOnTripError):
        model.go_offline(online(on_trip=True))


def test_a_silent_driver_goes_offline() -> None:
    changed = model.lose_heartbeat(online(), NOW + timedelta(minutes=1))

    assert changed is not None
    assert not changed.online


@pytest.mark.parametrize(
    "silent",
    [online(on_trip=True), verified(), online(online_since=NOW + timedelta(minutes=2))],
    ids=["on a trip", "offline already", "back online since"],
)
def test_a_silent_driver_stays_as_they_are(silent: Driver) -> None:
    assert model.lose_heartbeat(silent, NOW + timedelta(minutes=1)) is None


@pytest.mark.parametrize("year", [2011, 2026, 2027])
def test_vehicles_of_these_years_are_accepted(year: int) -> None:
    model.check_year(year, NOW.date(), 15)


@pytest.mark.parametrize("year", [1900, 2010, 2028])
def test_vehicles_of_these_years_are_not(year: int) -> None:
    with pytest.raises(VehicleYearError):
        model.check_year(year, NOW.date(), 15)


def test_the_rating_is_the_mean_of_the_stars() -> None:
    assert driver().rating is None
    assert driver(rating_sum=14, rating_count=3).rating == 4.67
