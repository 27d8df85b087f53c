"""What trips are told of where a driver was, by the zones of their city."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from rideflow.kernel.geo import Sightings
from rideflow.kernel.redis import RedisUnavailableError
from rideflow.supply.index.silence import SilenceIndex
from rideflow.supply.index.trails import TrailIndex
from tests.adapters.supply.street import CORNER, DEGREE_M, Street
from tests.adapters.supply.test_crossing import two_zones as two_zones  # noqa: PLC0414 - a fixture
from tests.market_data import SAN_FRANCISCO

BOTH = ("south", "north")


@pytest.fixture
def crossing(street: Street, two_zones: None) -> tuple[UUID, UUID]:
    """A driver who came over the border on a trip, from 200 m south of it to 100 m north, and the trip."""
    driver = street.driver()
    trip = street.trip("in_progress", driver_id=driver, rider_id=uuid4())
    for metres in (-200, -100, 100):
        street.at(driver, metres)
        street.passes(10)
    return driver, trip


def north_m(seen: Sightings) -> list[int]:
    return [round((fix.place.lat - CORNER.lat) * DEGREE_M) for fix in seen.fixes]


def deaf_to(zone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    trail = TrailIndex.sightings

    def answered(self: TrailIndex, zone_id: str, driver_id: UUID, trip_id: UUID) -> Sightings:
        if zone_id == zone:
            raise RedisUnavailableError("The zone does not answer.")
        return trail(self, zone_id, driver_id, trip_id)

    monkeypatch.setattr(TrailIndex, "sightings", answered)


def test_a_driver_who_crossed_a_border_is_seen_on_both_sides(street: Street, crossing: tuple[UUID, UUID]) -> None:
    seen = street.position_history.sightings(*crossing, BOTH)

    assert north_m(seen) == [-200, -100, 100]
    assert [street.now - fix.at for fix in seen.fixes] == [timedelta(seconds=s) for s in (30, 20, 10)]
    assert (seen.is_complete, seen.clock_slow) == (True, timedelta(0))


@pytest.mark.parametrize(("silent", "seen_m"), [("south", [100]), ("north", [-200, -100])])
def test_a_zone_that_does_not_answer_leaves_what_the_others_know(
    street: Street, crossing: tuple[UUID, UUID], monkeypatch: pytest.MonkeyPatch, silent: str, seen_m: list[int]
) -> None:
    deaf_to(silent, monkeypatch)

    seen = street.position_history.sightings(*crossing, BOTH)

    assert (north_m(seen), seen.is_complete) == (seen_m, False)


def test_only_positions_of_the_trip_count_and_the_last_one(street: Street, crossing: tuple[UUID, UUID]) -> None:
    driver, _ = crossing

    assert north_m(street.position_history.sightings(driver, uuid4(), BOTH)) == [100]
    assert street.position_history.sightings(uuid4(), uuid4(), BOTH).fixes == []


def test_what_a_fix_may_be_off_by_is_told_with_it(street: Street) -> None:
    driver = street.driver()
    trip = street.trip("in_progress", driver_id=driver)
    for accuracy_m in (20, None, 7.5):
        street.sends(driver, street.position(0).model_copy(update={"accuracy_m": accuracy_m}))
        street.passes(4)

    seen = street.position_history.sightings(driver, trip, SAN_FRANCISCO.zone_ids)

    assert [fix.accuracy_m for fix in seen.fixes] == [20, 0, 7.5]


@pytest.mark.parametrize("slow_s", [59, -59, 0])
def test_the_error_of_the_phones_clock_is_told_and_its_fixes_are_by_ours(street: Street, slow_s: float) -> None:
    driver = street.driver()
    trip = street.trip("in_progress", driver_id=driver)
    shown = street.now - timedelta(seconds=slow_s)
    street.sends(driver, street.position(0, at=shown), sent_at=shown)

    seen = street.position_history.sightings(driver, trip, SAN_FRANCISCO.zone_ids)

    assert seen.clock_slow == timedelta(seconds=slow_s)
    assert [fix.at for fix in seen.fixes] == [street.now]


def test_each_zone_is_asked_once_in_one_round_trip(
    street: Street, crossing: tuple[UUID, UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    street.position_history.sightings(*crossing, BOTH)  # the node knows the script
    calls: list[Any] = []
    execute: Any = street.redis.execute_command

    def counted(*call: Any, **more: Any) -> Any:
        calls.append(call[0])
        return execute(*call, **more)

    monkeypatch.setattr(street.redis, "execute_command", counted)

    street.position_history.sightings(*crossing, BOTH)

    assert calls == ["EVALSHA"] * 2


def test_the_error_of_the_clock_is_the_least_delay_and_not_that_of_the_first_message(street: Street) -> None:
    driver = street.driver()
    trip = street.trip("in_progress", driver_id=driver)
    for number, delay_s in enumerate((46.5, 45.2, 45.9)):
        street.passes(4)
        shown = street.now - timedelta(seconds=delay_s)
        street.sends(driver, street.position(number, at=shown), sent_at=shown)

    seen = street.position_history.sightings(driver, trip, SAN_FRANCISCO.zone_ids)

    assert seen.clock_slow == timedelta(seconds=45.2)


@pytest.mark.parametrize("zones", [BOTH, BOTH[::-1]])
def test_the_error_of_the_clock_is_that_of_the_zone_that_saw_the_phone_last(
    street: Street, crossing: tuple[UUID, UUID], zones: tuple[str, ...]
) -> None:
    """The phone's clock was set wrong after the border."""
    driver, trip = crossing
    shown = street.now - timedelta(seconds=59)
    street.sends(driver, street.position(110, at=shown), sent_at=shown)
    street.passes(4)
    for _ in range(3):
        shown = street.now - timedelta(seconds=59)
        street.sends(driver, street.position(110, at=shown), sent_at=shown)
        street.passes(4)

    seen = street.position_history.sightings(driver, trip, zones)

    assert north_m(seen)[-1] == 110
    assert seen.clock_slow == timedelta(seconds=59)


@pytest.mark.parametrize("zones", [BOTH, BOTH[::-1]])
def test_a_phone_was_last_heard_where_it_was_heard_last(
    street: Street, crossing: tuple[UUID, UUID], zones: tuple[str, ...]
) -> None:
    """The zone behind the border did not answer when the driver left it, and knows them still."""
    driver, _ = crossing
    street.index.availability.admit("south", driver, "economy", 1)
    old = street.now - timedelta(minutes=5)
    street.index.positions.record("south", driver, [street.position(-200, at=old)], old)

    heard = street.position_history.last_heard([driver], zones)

    assert heard == {driver: street.now - timedelta(seconds=10)}


def test_who_listens_to_nobody_learns_all_the_same_that_a_zone_does_not_answer(
    street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else silence would count from a time on in which nobody could have been heard."""
    assert street.position_history.last_heard([], BOTH) == {}

    def unanswered(self: SilenceIndex, zone_id: str) -> None:
        if zone_id == "north":
            raise RedisUnavailableError("The zone does not answer.")

    monkeypatch.setattr(SilenceIndex, "check_answers", unanswered)

    with pytest.raises(RedisUnavailableError):
        street.position_history.last_heard([], BOTH)
