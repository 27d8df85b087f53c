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
    VehicleClassNotServedError,
    VehicleNotFoundError,
    VehicleTooOldError,
    VehicleYearError,
)
from rideflow.drivers.model import Driver, DriverState, DriverVehicle
from tests.market_data import SAN_FRANCISCO

NOW = datetime(2026, 10, 1, 18, 0, tzinfo=UTC)
VEHICLE_ID = UUID("0199a0b1-0000-7000-8000-000000000001")
OPERATOR_ID = uuid4()
SF = SAN_FRANCISCO.zones[0]


def vehicle(vehicle_id: UUID = VEHICLE_ID, year: int = 2023, vehicle_class: str = "economy") -> DriverVehicle:
    return DriverVehicle(
        id=vehicle_id,
        plate="8ABC123",
        make="Toyota",
        model="Prius",
        year=year,
        colour="silver",
        vehicle_class=vehicle_class,
        wheelchair_accessible=False,
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
    changed = model.go_online(verified(version=2), VEHICLE_ID, SF, NOW, today=NOW.date())

    assert changed is not None
    assert (changed.online, changed.online_since, changed.vehicle_id, changed.zone) == (True, NOW, VEHICLE_ID, SF.id)
    assert changed.version == 3


def test_going_online_again_in_the_same_vehicle_changes_nothing() -> None:
    assert model.go_online(online(), VEHICLE_ID, SF, NOW, today=NOW.date()) is None


def test_a_driver_who_is_online_does_not_change_the_vehicle() -> None:
    other = uuid4()

    with pytest.raises(AlreadyOnlineError):
        model.go_online(online(vehicles=(vehicle(), vehicle(other))), other, SF, NOW, today=NOW.date())


def test_a_driver_who_is_not_verified_does_not_go_online() -> None:
    with pytest.raises(DriverNotVerifiedError):
        model.go_online(driver(), VEHICLE_ID, SF, NOW, today=NOW.date())


def test_nobody_goes_online_in_a_vehicle_that_is_not_theirs() -> None:
    with pytest.raises(VehicleNotFoundError):
        model.go_online(verified(), uuid4(), SF, NOW, today=NOW.date())


def test_a_vehicle_that_has_become_too_old_is_left_at_home() -> None:
    with pytest.raises(VehicleTooOldError):
        model.go_online(verified(vehicles=(vehicle(year=2010),)), VEHICLE_ID, SF, NOW, today=NOW.date())


def test_a_vehicle_of_a_class_that_the_market_has_not_is_left_at_home() -> None:
    with pytest.raises(VehicleClassNotServedError) as refused:
        model.go_online(verified(vehicles=(vehicle(vehicle_class="tuk_tuk"),)), VEHICLE_ID, SF, NOW, today=NOW.date())

    assert refused.value.extra == {"vehicle_classes": ["economy", "comfort", "xl"]}


def test_preferences_are_replaced_as_a_whole_and_the_same_again_changes_nothing() -> None:
    changed = model.prefer(verified(version=2), ["debit"], takes_upgrades=True)

    assert changed is not None
    assert (changed.accepted_payments, changed.takes_upgrades, changed.version) == (("debit",), True, 3)
    assert model.prefer(changed, ["debit"], takes_upgrades=True) is None
    back = model.prefer(changed, ["debit"], takes_upgrades=False)
    assert back is not None
    assert (back.takes_upgrades, back.version) == (False, 4)


@pytest.mark.parametrize("expires_on", [None, NOW.date(), date(2030, 1, 1)])
def test_a_licence_is_good_to_its_last_day(expires_on: date | None) -> None:
    assert model.go_online(verified(licence_expires_on=expires_on), VEHICLE_ID, SF, NOW, today=NOW.date()) is not None


def test_an_expired_licence_keeps_the_driver_offline() -> None:
    with pytest.raises(LicenceExpiredError):
        model.go_online(verified(licence_expires_on=date(2026, 9, 30)), VEHICLE_ID, SF, NOW, today=NOW.date())


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

    assert not model.is_too_old(year, NOW.date(), 15)


@pytest.mark.parametrize("year", [1900, 2010, 2028])
def test_vehicles_of_these_years_are_not(year: int) -> None:
    with pytest.raises(VehicleYearError):
        model.check_year(year, NOW.date(), 15)


def test_the_rating_is_the_mean_of_the_stars() -> None:
    assert driver().rating is None
    assert driver(rating_sum=14, rating_count=3).rating == 4.67
