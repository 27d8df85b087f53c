"""A driver who crosses the border between two zones."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from rideflow.kernel.geo import Point
from rideflow.kernel.redis import RedisUnavailableError
from rideflow.markets.areas import Area
from rideflow.markets.zones import ServiceAreas, Zone
from rideflow.supply.index.silence import SilenceIndex
from rideflow.supply.keys import ZoneKeys, free_of_every_class
from tests.adapters.locations.shelf import measure
from tests.adapters.supply.street import CORNER, ZONE, Street
from tests.adapters.supply.test_late_positions import ended
from tests.market_data import only

BORDER_LAT = CORNER.lat


@pytest.fixture
def two_zones(street: Street) -> None:
    """The first zone cut in two at the corner's latitude."""

    def cut(areas: ServiceAreas) -> ServiceAreas:
        whole = next(each for each in areas.zones if each.id == ZONE)
        west, south, east, north = whole.area.box

        def part(name: str, low: float, high: float) -> Zone:
            ring = ((west, low), (east, low), (east, high), (west, high), (west, low))
            return replace(whole, id=name, area=Area.bounded_by(ring))

        return ServiceAreas((part("south", south, BORDER_LAT), part("north", BORDER_LAT, north)), (), ())

    street.serves(only(cut))


@pytest.mark.usefixtures("two_zones")
def test_a_driver_is_free_in_the_zone_they_are_in_and_only_there(street: Street) -> None:
    driver = street.driver_at(-100)
    street.passes(4)

    street.at(driver, 100)

    def free(zone: str) -> int:
        return len(street.index.search.nearby(zone, CORNER, 1_000, classes=["economy"], limit=5, now=street.now))

    assert (free("south"), free("north")) == (0, 1)
    just_south = Point(lat=BORDER_LAT - 0.0001, lng=CORNER.lng)
    assert len(street.nearby.around(just_south, 1_000, None, 5)) == 1
    assert street.redis.zscore(ZoneKeys("south").seen, str(driver)) is None
    street.passes(60)
    street.heartbeats.sweep()
    assert [event["detail"]["zone"] for event in street.bus.events] == ["north"]


@pytest.mark.usefixtures("two_zones")
def test_a_trip_across_the_border_keeps_its_rider_and_its_path(street: Street) -> None:
    driver, rider = street.driver(), uuid4()
    trip = street.trip("in_progress", driver_id=driver, rider_id=rider)
    for metres in (-200, -100, 100, 200, -150):
        street.at(driver, metres)
        street.passes(10)
    street.rows(
        "insert into trip_events (trip_id, seq, type, at, actor, data)"
        " values (%s, 6, 'TripCompleted', %s, 'driver', '{}')",
        trip,
        street.now,
    )

    measured = measure(street, trip)

    assert [frame.stale for frame in street.told.to(rider)] == [False] * 5
    assert measured is not None
    assert measured.points == 5
    assert measured.distance_m == pytest.approx(750, abs=2)


@pytest.mark.usefixtures("two_zones")
def test_riders_see_the_cars_of_both_sides_nearest_first(street: Street) -> None:
    for metres in (-300, 200, -100, 400):
        street.driver_at(metres)

    assert street.free(350) == [100, 200, 300]
    assert len(street.nearby.around(CORNER, 10_000, None, 2)) == 2


def break_keys(street: Street, zone: str) -> None:
    """The zone's part of Redis answers with errors."""
    keys = ZoneKeys(zone)
    for key in (keys.seen, keys.idle, *free_of_every_class(street.markets.zone(zone))):
        street.redis.set(key, "broken")


@pytest.mark.usefixtures("two_zones")
def test_a_zone_that_does_not_answer_keeps_no_other_from_its_work(street: Street) -> None:
    silent = street.driver_at(100)
    break_keys(street, "south")
    street.passes(61)

    with pytest.raises(RedisUnavailableError):
        street.heartbeats.sweep()
    assert [event["detail"]["driver_id"] for event in street.bus.events] == [str(silent)]

    other = street.driver_at(200)
    assert street.free(1_000) == [200]
    with pytest.raises(RedisUnavailableError):
        street.availability.went_offline(other, 2)
    assert street.free(1_000) == []


@pytest.mark.usefixtures("two_zones")
def test_who_crossed_while_the_zone_behind_did_not_answer_is_forgotten_there_and_stays_online(street: Street) -> None:
    driver = street.driver_at(-100)
    south, free_there = ZoneKeys("south"), free_of_every_class(street.markets.zone("south"))
    seen_ms = street.redis.zscore(south.seen, str(driver))
    assert seen_ms is not None
    street.redis.delete(south.seen, *free_there, south.idle)
    break_keys(street, "south")
    street.passes(10)
    assert street.at(driver, 100) == "accepted"
    street.redis.delete(south.seen, *free_there, south.idle)
    street.redis.zadd(south.seen, {str(driver): seen_ms})
    street.passes(55)
    street.at(driver, 110)

    street.heartbeats.sweep()

    assert street.bus.events == []
    assert street.redis.zscore(south.seen, str(driver)) is None
    assert street.free(1_000) == [110]


@pytest.mark.usefixtures("two_zones")
def test_who_comes_back_while_the_sweep_looks_over_the_border_is_not_forgotten(
    street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver = street.driver_at(-100)
    street.passes(61)
    street.index.availability.admit("north", driver, "economy", 1)
    street.index.positions.record("north", driver, [street.position(50)], street.now)
    unseen = SilenceIndex.unseen

    def comes_back_meanwhile(self: SilenceIndex, zone: str, driver_ids: Sequence[UUID]) -> list[UUID]:
        if zone == "north" and driver in driver_ids:
            assert street.at(driver, -60) == "accepted"
        return unseen(self, zone, driver_ids)

    monkeypatch.setattr(SilenceIndex, "unseen", comes_back_meanwhile)

    street.heartbeats.sweep()

    assert known_in(street, driver) == ["south", "north"]
    assert street.bus.events == []


def known_in(street: Street, driver: object) -> list[str]:
    return [zone for zone in ("south", "north") if street.redis.exists(ZoneKeys(zone).driver(str(driver)))]


@pytest.mark.usefixtures("two_zones")
def test_a_fix_over_the_border_that_is_not_believed_moves_nobody_there(street: Street) -> None:
    driver = street.driver_at(-100)
    street.passes(4)

    assert street.at(driver, 9_000) == "impossible_speed"

    assert known_in(street, driver) == ["south"]
    street.passes(4)
    assert street.at(driver, -60) == "accepted"
    assert street.free(1_000) == [60]


@pytest.mark.usefixtures("two_zones")
@pytest.mark.parametrize("together", [True, False])
def test_a_wrong_first_fix_over_the_border_is_outvoted_and_left_behind(street: Street, together: bool) -> None:
    driver = street.driver()
    batch = [street.position(9_000, at=street.now)]
    for number in range(5):
        street.passes(4)
        batch.append(street.position(-500 + 40 * number))

    batches = [batch] if together else [[position] for position in batch]
    verdicts = [verdict for positions in batches for verdict in street.sends(driver, *positions).verdicts]

    first_two = ["impossible_speed", "accepted"] if together else ["accepted", "impossible_speed"]
    assert verdicts == first_two + ["accepted"] * 4
    assert known_in(street, driver) == ["south"]
    assert street.free(20_000) == [340]


@pytest.mark.usefixtures("two_zones")
def test_a_batch_that_ends_over_the_border_with_a_wrong_fix_stays_on_this_side(street: Street) -> None:
    driver = street.driver()
    batch = []
    for number in range(5):
        street.passes(4)
        batch.append(street.position(-500 + 40 * number))
    street.passes(4)
    batch.append(street.position(9_000))

    assert street.sends(driver, *batch).verdicts == ("accepted",) * 5 + ("impossible_speed",)

    assert known_in(street, driver) == ["south"]
    assert street.free(20_000) == [340]


@pytest.mark.usefixtures("two_zones")
def test_who_crosses_is_judged_by_what_was_believed_on_the_other_side(street: Street) -> None:
    driver = street.driver()
    trip = street.trip("in_progress", driver_id=driver)
    street.at(driver, -100)
    street.passes(4)
    last = street.position(-60)
    street.sends(driver, last)
    street.passes(4)

    told = street.sends(driver, street.position(20), last)

    assert told.verdicts == ("accepted", "duplicate")
    points = [len(street.index.trails.path(zone, driver, trip)) for zone in ("south", "north")]
    assert points == [2, 1]


@pytest.mark.usefixtures("two_zones")
def test_a_batch_across_the_border_counts_whole(street: Street) -> None:
    driver = street.driver()
    street.trip("in_progress", driver_id=driver)
    batch = []
    for number in range(10):
        street.passes(4)
        batch.append(street.position(-205 + 40 * number))

    assert street.sends(driver, *batch).verdicts == ("accepted",) * 10
    assert street.sends(driver, *batch[::-1]).verdicts == ("duplicate",) * 10


@pytest.mark.usefixtures("two_zones")
def test_the_error_of_a_phone_s_clock_is_known_over_the_border(street: Street) -> None:
    driver, off = street.driver(), timedelta(seconds=45)
    for metres in (-300, -200, -100):
        street.passes(4)
        street.at(driver, metres, at=street.now - off)
    street.passes(4)

    told = street.sends(driver, street.position(20, at=street.now - off))

    assert known_in(street, driver) == ["north"]
    assert (told.verdicts, told.clock_offset_s, told.matchable) == (("accepted",), 45, True)


@pytest.mark.usefixtures("two_zones")
def test_late_positions_of_the_trip_that_ended_before_the_border_are_in_its_path(street: Street) -> None:
    driver = street.driver()
    trip = street.trip("in_progress", driver_id=driver)
    street.at(driver, -400)
    began = street.now
    street.passes(40)
    street.at(driver, -100)
    ended(street, driver, trip)
    street.passes(10)
    street.at(driver, 50)
    assert known_in(street, driver) == ["north"]

    late = [street.position(-400 + 30 * n, at=began + timedelta(seconds=4 * n)) for n in range(1, 10)]

    assert street.sends(driver, *late).verdicts == ("late",) * 9
    assert sum(len(street.index.trails.path(zone, driver, trip)) for zone in ("south", "north")) == 11
