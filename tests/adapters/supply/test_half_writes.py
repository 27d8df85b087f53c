"""A script that fails halfway is done again as a whole: what says that it was done is written last."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from rideflow.kernel.redis import RedisUnavailableError
from rideflow.kernel.ride_requirements import PLAIN
from rideflow.supply.keys import ZoneKeys
from tests.adapters.supply.street import ZONE, Street

KEYS = ZoneKeys(ZONE)


@contextmanager
def broken(street: Street, key: str) -> Iterator[None]:
    """Commands on this key fail meanwhile."""
    kept = street.redis.dump(key)
    street.redis.set(key, "broken")
    yield
    street.redis.delete(key)
    if kept is not None:
        street.redis.restore(key, 0, kept)


def fails_and_then(street: Street, key: str, act: Callable[[], object]) -> object:
    with broken(street, key), pytest.raises(RedisUnavailableError):
        act()
    return act()


@pytest.mark.parametrize("key", [KEYS.free("economy"), KEYS.idle, KEYS.seen])
def test_a_position(street: Street, key: str) -> None:
    driver = street.driver_at(0)
    street.passes(4)

    assert fails_and_then(street, key, lambda: street.at(driver, 40)) == "accepted"

    assert street.free() == [40]


def test_a_position_on_a_trip_is_once_in_its_path(street: Street) -> None:
    driver = street.driver()
    trip = street.trip("in_progress", driver_id=driver)
    street.at(driver, 0)
    street.passes(4)

    assert fails_and_then(street, KEYS.finishing("economy"), lambda: street.at(driver, 40)) == "accepted"

    assert len(street.index.trails.path(ZONE, driver, trip)) == 2


@pytest.mark.parametrize("key", [KEYS.free("economy"), KEYS.idle])
def test_a_trip_s_beginning_and_its_end(street: Street, key: str) -> None:
    driver = street.driver_at(0)
    trip = street.trip("driver_assigned", driver_id=driver)
    begun = street.records.trip_in_hand(driver, trip)
    assert begun is not None
    over = replace(begun, version=9, at=street.now + timedelta(seconds=1), trip=None)

    assert fails_and_then(street, key, lambda: street.index.trips.change(ZONE, begun, street.now))
    assert street.free() == []
    assert fails_and_then(street, key, lambda: street.index.trips.change(ZONE, over, street.now))
    assert street.free() == [0]


def known(street: Street, driver: UUID) -> tuple[object, bool]:
    return street.redis.hget(KEYS.traits, str(driver)), bool(street.redis.sismember(KEYS.accessible, str(driver)))


@pytest.mark.parametrize("key", [KEYS.accessible, KEYS.heading, KEYS.traits])
def test_an_admission_and_what_matching_is_told(street: Street, key: str) -> None:
    driver = street.driver()
    able = replace(PLAIN, version=1, wheelchair_accessible=True)

    fails_and_then(street, key, lambda: street.index.availability.admit(ZONE, driver, "economy", 1, traits=able))
    assert known(street, driver) == (able.entry().encode(), True)

    changed = replace(able, version=2, wheelchair_accessible=False)
    fails_and_then(street, key, lambda: street.index.availability.put_traits(ZONE, driver, changed))
    assert known(street, driver) == (changed.entry().encode(), False)
