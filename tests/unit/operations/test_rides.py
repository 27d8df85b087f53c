"""Rides are followed by their versions, so that no commit is missed, however late it is seen."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from tests.unit.operations.market import Market

LONG = timedelta(minutes=2)


def test_a_change_whose_commit_is_seen_minutes_later_is_asked_for_by_its_version() -> None:
    market = Market()
    trip_id = market.request(Random(1))
    screen = market.watch()
    market.second()

    market.assign(trip_id, "00000000-0000-4000-8000-000000000001")
    market.records.rows[trip_id]["changed"] -= LONG
    market.second()
    market.second()

    assert market.rides.rides[trip_id].state == "driver_assigned"
    assert screen.data["counts"]["trips"] == 1


def test_a_request_that_is_new_is_asked_for_if_its_time_is_too_old() -> None:
    market = Market()
    screen = market.watch()
    market.second()

    trip_id = market.request(Random(1))
    market.records.rows[trip_id]["changed"] -= LONG
    market.second()
    market.second()

    assert trip_id in market.rides.rides
    assert screen.data["counts"]["waiting"] == 1


def test_an_event_is_told_once_though_readings_overlap() -> None:
    market = Market()
    trip_id = market.request(Random(1))
    screen = market.watch()
    market.second()

    market.assign(trip_id, "00000000-0000-4000-8000-000000000001")
    for _ in range(7):
        market.second()

    assert screen.saw(trip_id) == ["DriverAssigned"]


def test_the_time_line_has_the_newest_twenty_of_a_frame() -> None:
    random, market = Random(1), Market()
    trips = [market.request(random) for _ in range(30)]
    screen = market.watch()
    market.second()

    for number, trip_id in enumerate(trips):
        market.now += timedelta(milliseconds=1)
        market.assign(trip_id, f"00000000-0000-4000-8000-{number:012}")
    market.second()

    assert [each["trip_id"] for each in screen.happened] == trips[10:]


def test_offers_of_a_request_come_and_go() -> None:
    market = Market()
    trip_id = market.request(Random(1))
    market.records.rows[trip_id].update(pickup_lat=37.77, pickup_lng=-122.42)
    screen = market.watch()
    seen = []

    for offered in ({trip_id}, set(), {trip_id}):
        market.records.offered = offered
        market.second()
        seen.append(screen.requests[trip_id]["offered"])

    assert seen == [True, False, True]
