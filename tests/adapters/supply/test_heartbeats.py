from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from rideflow.supply import heartbeats
from rideflow.supply.keys import ZoneKeys
from rideflow.supply.model import TripChange, TripInHand
from tests.adapters.supply.street import CORNER, Street


def test_a_silent_driver_goes_offline_after_a_minute_and_once(street: Street) -> None:
    driver = street.driver_at(0)
    street.passes(59)
    street.heartbeats.sweep()
    assert street.lost() == []

    street.passes(1)
    street.heartbeats.sweep()
    street.heartbeats.sweep()

    assert street.lost() == [driver]
    assert street.bus.events[0]["type"] == "DriverHeartbeatLost"
    assert street.index.silence.unseen("sf-bay", [driver]) == [driver]


def test_a_driver_is_forgotten_only_when_the_bus_has_the_news(street: Street) -> None:
    driver = street.driver_at(0)
    street.passes(60)
    street.bus.is_down = True
    street.heartbeats.sweep()
    street.bus.is_down = False

    street.heartbeats.sweep()

    assert street.lost() == [driver]


def test_a_driver_who_comes_back_meanwhile_is_not_forgotten(street: Street) -> None:
    driver = street.driver_at(0)
    silent_since = street.now
    street.passes(60)
    street.at(driver, 10)

    assert not street.index.availability.forget("sf-bay", driver, unless_seen_after=silent_since)
    assert len(street.free()) == 1


def test_a_driver_who_is_heard_of_while_the_bus_takes_the_news_is_not_forgotten(street: Street) -> None:
    driver = street.driver_at(0)
    street.passes(60)

    def heard_of_meanwhile(envelopes: Sequence[dict[str, Any]]) -> list[str]:
        street.at(driver, 10)
        return street.bus(envelopes)

    replace(street.heartbeats, publisher=heard_of_meanwhile).sweep()

    assert street.lost() == [driver]
    assert len(street.free()) == 1


def test_a_silent_driver_on_a_trip_stays_and_the_rider_is_told_once_that_the_position_is_stale(street: Street) -> None:
    driver, rider = street.driver(), uuid4()
    street.trip("in_progress", driver_id=driver, rider_id=rider)
    street.at(driver, 200)
    street.passes(15)

    street.heartbeats.sweep()
    street.passes(60)
    street.heartbeats.sweep()
    street.stale_news_comes()

    fresh, stale = street.told.to(rider)
    assert (fresh.stale, stale.stale) == (False, True)
    assert (stale.recorded_at, stale.stale_after, stale.eta_s) == (fresh.recorded_at, fresh.stale_after, None)
    assert stale.lat == pytest.approx(fresh.lat)
    assert street.lost() == []

    street.at(driver, 210)
    street.passes(15)
    street.bus.events.clear()
    street.heartbeats.sweep()
    street.stale_news_comes()
    assert [frame.stale for frame in street.told.to(rider)] == [False, True, False, True]


def test_a_stale_position_is_reported_until_the_bus_has_the_news(street: Street) -> None:
    driver = street.driver()
    street.trip("in_progress", driver_id=driver)
    street.at(driver, 200)
    street.passes(15)
    street.bus.is_down = True
    street.heartbeats.sweep()
    street.bus.is_down = False

    street.heartbeats.sweep()
    street.heartbeats.sweep()

    assert [event["type"] for event in street.bus.events] == ["DriverPositionStale"]


def test_a_driver_who_was_forgotten_while_the_bus_took_the_news_stays_forgotten(street: Street) -> None:
    """A hash that was made then would stay in Redis for good."""
    driver = street.driver()
    street.trip("in_progress", driver_id=driver)
    street.at(driver, 200)
    street.passes(15)

    def forgotten_meanwhile(envelopes: Sequence[dict[str, Any]]) -> list[str]:
        street.index.availability.forget("sf-bay", driver)
        return street.bus(envelopes)

    replace(street.heartbeats, publisher=forgotten_meanwhile).sweep()

    assert [event["type"] for event in street.bus.events] == ["DriverPositionStale"]
    assert not street.redis.exists(ZoneKeys("sf-bay").driver(driver))


@pytest.mark.parametrize("since", ["a position came", "the trip ended", "another trip began", "redis was lost"])
def test_late_news_of_a_stale_position_tells_the_rider_nothing(street: Street, since: str) -> None:
    driver, rider = street.driver(), uuid4()
    trip = street.trip("in_progress", driver_id=driver, rider_id=rider)
    street.at(driver, 200)
    street.passes(15)
    street.heartbeats.sweep()
    if since == "a position came":
        street.at(driver, 210)
    elif since == "the trip ended":
        street.availability.trip_changed(TripChange(driver, trip, 6, street.now, None))
    elif since == "another trip began":
        in_hand = TripInHand(uuid4(), rider, "driver_assigned", CORNER)
        street.availability.trip_changed(TripChange(driver, in_hand.trip_id, 3, street.now, in_hand))
    else:
        street.redis.flushall()

    street.stale_news_comes()

    assert not any(frame.stale for frame in street.told.to(rider))


def test_repeated_news_of_a_stale_position_has_the_same_frame_id(street: Street) -> None:
    driver, rider = street.driver(), uuid4()
    street.trip("in_progress", driver_id=driver, rider_id=rider)
    street.at(driver, 200)
    street.passes(15)
    street.heartbeats.sweep()

    street.stale_news_comes()
    street.stale_news_comes()

    _, first, repeated = street.told.ids
    assert first == repeated


def test_a_driver_who_went_online_and_never_sent_a_position_goes_offline_too(street: Street) -> None:
    driver = street.driver()
    street.availability.went_online("sf-bay", driver, 1)
    assert street.free() == []
    street.passes(60)

    street.heartbeats.sweep()

    assert street.lost() == [driver]


def test_after_redis_was_lost_drivers_have_a_minute_to_be_heard_of(street: Street) -> None:
    talking, silent = street.driver_at(0), street.driver_at(100)
    street.redis.flushall()

    assert street.sweep_plan.plan_minute() == 2
    street.heartbeats.sweep()
    assert street.lost() == []
    street.passes(50)
    street.at(talking, 10)
    assert street.sweep_plan.plan_minute() == 0
    street.passes(10)
    street.heartbeats.sweep()

    assert street.lost() == [silent]


def test_the_plan_asks_for_a_sweep_every_ten_seconds(street: Street) -> None:
    street.sweep_plan.plan_minute()

    assert street.asked_sweeps == [timedelta(seconds=seconds) for seconds in (0, 10, 20, 30, 40, 50)]


def test_phones_that_are_not_believed_do_not_hide_those_that_went_silent(
    street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heartbeats, "_MAX_AT_ONCE", 2)
    disbelieved = [street.driver_at(0) for _ in range(4)]
    street.passes(4)
    silent = street.driver_at(0)
    street.passes(60)
    for driver in disbelieved:
        street.at(driver, 0, accuracy_m=5_000)

    street.heartbeats.sweep()

    assert street.lost() == [silent]
