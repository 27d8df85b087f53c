"""The positions of a zone for staff who look at it: page by page, complete, and nothing is written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from rideflow.supply.index.overview import OverviewIndex
from rideflow.supply.keys import ZoneKeys
from rideflow.supply.model import milliseconds
from tests.adapters.supply.street import CORNER, ZONE, Street
from tests.market_data import DEPLOYED

EVER = datetime(1970, 1, 1, tzinfo=UTC)
ONE_ZONE = DEPLOYED.zone(ZONE)


@pytest.fixture
def overview(street: Street) -> OverviewIndex:
    return OverviewIndex(street.redis, page=7, roll_call_page=5)


def fill(street: Street, drivers: int, *, apart_ms: int) -> list[str]:
    """Drivers of whom one was seen after the other."""
    keys, ids = ZoneKeys(ZONE), [f"00000000-0000-4000-8000-{number:012}" for number in range(drivers)]
    for number, driver_id in enumerate(ids):
        at = milliseconds(street.now) + number * apart_ms
        street.redis.hset(keys.driver(driver_id), mapping={"lat": 37.7 + number / 1e4, "lng": -122.4, "heading": ""})
        street.redis.zadd(keys.seen, {driver_id: at})
    return ids


def test_a_position_is_read_as_it_was_believed(street: Street, overview: OverviewIndex) -> None:
    driver_id = street.driver()
    street.at(driver_id, 100, heading_deg=92.5)

    found = overview.seen_since(ONE_ZONE, EVER)

    ((told, seen_ms, lat, lng, heading_deg),) = found.sightings
    assert (found.drivers, told, seen_ms) == (1, str(driver_id), milliseconds(street.now))
    assert lat == pytest.approx(CORNER.lat + 100 / 111_195)
    assert (lng, heading_deg) == (CORNER.lng, 92.5)


@pytest.mark.parametrize("drivers", [0, 1, 6, 7, 8, 14, 100])
@pytest.mark.parametrize("apart_ms", [0, 1, 400])
def test_all_pages_together_have_everybody(
    street: Street, overview: OverviewIndex, drivers: int, apart_ms: int
) -> None:
    """Also if many were seen in the same millisecond."""
    ids = fill(street, drivers, apart_ms=apart_ms)

    assert {each.driver_id for each in overview.seen_since(ONE_ZONE, EVER).sightings} == set(ids)
    assert overview.roll_call(ONE_ZONE).keys() == set(ids)
    assert {each.driver_id for each in overview.of(ONE_ZONE, ids)} == set(ids)


def test_only_positions_of_that_time_or_later_are_read(street: Street, overview: OverviewIndex) -> None:
    ids = fill(street, 20, apart_ms=1000)

    found = overview.seen_since(ONE_ZONE, street.now + timedelta(seconds=15))

    assert [each.driver_id for each in found.sightings] == ids[15:]
    assert found.drivers == 20


def test_a_driver_of_whom_no_position_is_known_has_none(street: Street, overview: OverviewIndex) -> None:
    driver_id = street.driver()
    street.index.silence.watch(ZONE, [driver_id], street.now)

    ((_, _, lat, lng, heading_deg),) = overview.seen_since(ONE_ZONE, EVER).sightings

    assert (lat, lng, heading_deg) == (None, None, None)


def test_whoever_is_not_in_the_zone_is_not_found_by_id(street: Street, overview: OverviewIndex) -> None:
    known = fill(street, 1, apart_ms=0)

    found = overview.of(ONE_ZONE, [*known, "00000000-0000-4000-8000-999999999999"])

    assert [each.driver_id for each in found] == known


def test_queues_are_counted_over_all_classes(street: Street, overview: OverviewIndex) -> None:
    zone = next(zone for zone in DEPLOYED.zones if zone.fifos)
    keys, fifo = ZoneKeys(zone.id), zone.fifos[0]
    for number, of_class in enumerate(zone.market.vehicle_classes):
        street.redis.zadd(keys.queue(fifo.id, of_class), {f"d{number}": 1, f"e{number}": 2})

    queued = overview.seen_since(zone, EVER).queued

    assert queued[fifo.id] == 2 * len(zone.market.vehicle_classes)
    assert queued.keys() == {each.id for each in zone.fifos}


def test_nobody_is_lost_who_moves_between_two_pages(
    street: Street, overview: OverviewIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A listing by rank would leave out whoever moves up as others are seen anew."""
    ids, keys = fill(street, 30, apart_ms=10), ZoneKeys(ZONE)
    ask, later = street.redis.evalsha, iter(range(1, 100))

    def meanwhile(*call: Any) -> Any:
        answer = ask(*call)
        at = milliseconds(street.now) + 60_000 + next(later)
        street.redis.zadd(keys.seen, {ids[next(later) % 5]: at})
        return answer

    overview.roll_call(ONE_ZONE)  # the script is known from now on
    monkeypatch.setattr(street.redis, "evalsha", meanwhile)

    assert overview.roll_call(ONE_ZONE).keys() == set(ids)


def test_looking_writes_nothing(street: Street, overview: OverviewIndex) -> None:
    street.driver_at(100)
    before = {key: street.redis.dump(key) for key in street.redis.keys("*")}

    overview.seen_since(ONE_ZONE, EVER)
    overview.roll_call(ONE_ZONE)

    assert {key: street.redis.dump(key) for key in street.redis.keys("*")} == before
