"""News of a driver's availability comes late and out of order; who was admitted since is not forgotten."""

from typing import Any
from uuid import uuid4

import pytest

from rideflow.supply.errors import DriverNotOnlineError
from rideflow.supply.model import TripChange, TripInHand
from tests.adapters.supply.street import CORNER, ZONE, Street


def changes(street: Street, version: int) -> None:
    """Every driver is as of that version."""
    street.rows("update drivers set version = %s", version)


def test_news_of_going_online_does_not_forget_a_position_that_was_quicker(street: Street) -> None:
    driver = street.driver_at(0)

    street.availability.went_online(ZONE, driver, 1)

    assert street.free() == [0]


@pytest.mark.parametrize("version", [1, 2])
def test_old_news_of_going_offline_does_not_forget_who_is_back(street: Street, version: int) -> None:
    driver = street.driver()
    changes(street, 3)
    street.at(driver, 0)

    street.availability.went_offline(driver, version)

    assert street.free() == [0]


def test_who_went_offline_since_is_forgotten(street: Street) -> None:
    driver = street.driver_at(0)

    street.availability.went_offline(driver, 2)

    assert street.free() == []


def test_who_goes_offline_while_being_admitted_is_not_known_to_be_free(
    street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The news is quicker than the admission, which was read before, and finds nobody to forget."""
    driver, admit = street.driver(), street.index.availability.admit

    def admit_late(*admission: Any, **more: Any) -> None:
        street.rows("update drivers set online = false, version = 2 where id = %s", driver)
        street.availability.went_offline(driver, 2)
        admit(*admission, **more)

    monkeypatch.setattr(street.index.availability, "admit", admit_late)

    with pytest.raises(DriverNotOnlineError):
        street.at(driver, 0)
    assert street.free() == []
    assert street.redis.exists(f"{{{ZONE}}}:driver:{driver}") == 0


def test_who_went_online_again_in_another_vehicle_is_admitted_anew(street: Street) -> None:
    driver = street.driver_at(0)
    street.rows("update driver_vehicles set vehicle_class = 'xl'")
    changes(street, 3)

    street.availability.went_online(ZONE, driver, 3)
    assert street.free() == []
    street.passes(4)
    street.at(driver, 0)

    assert street.redis.hmget(f"{{{ZONE}}}:driver:{driver}", "class", "version") == [b"xl", b"3"]


@pytest.mark.parametrize("first_heard_of", ["the end", "the beginning"])
def test_who_is_assigned_a_trip_in_the_moment_in_which_another_ends_drives_it(
    street: Street, first_heard_of: str
) -> None:
    driver, rider = street.driver_at(0), uuid4()
    ended, begun = uuid4(), uuid4()
    in_hand = [TripInHand(trip, rider, "in_progress", CORNER) for trip in (ended, begun)]
    street.availability.trip_changed(TripChange(driver, ended, 5, street.now, in_hand[0]))
    street.passes(4)
    end, beginning = (
        TripChange(driver, ended, 6, street.now, None),
        TripChange(driver, begun, 3, street.now, in_hand[1]),
    )

    for news in (end, beginning) if first_heard_of == "the end" else (beginning, end):
        street.availability.trip_changed(news)

    assert street.index.trips.known(ZONE, [driver])[driver].in_hand == begun
    assert street.free() == []
