"""A rider pays for an arrival that they were told of, while the driver waits there."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.functions.cloud import forget_wiring
from tests.functions.trips.rides import Rides

MINUTE = timedelta(minutes=1)


def test_a_rider_who_hears_of_the_arrival_only_now_is_no_no_show(rides: Rides) -> None:
    trip_id = rides.assigned()
    rides.made_earlier(trip_id, 20 * MINUTE)
    rides.knows(trip_id)
    rides.stands(0, ago=5 * MINUTE)
    rides.stands(10)
    late = rides.arrive(trip_id, happened_at=(datetime.now(UTC) - 5 * MINUTE).isoformat())

    handed_back = rides.cancel(trip_id, rides.driver)

    assert late.body["arrival_distance_m"] == 0
    assert (handed_back.body["state"], handed_back.body["cancellation_fee_minor"]) == ("matching", 0)


def test_the_no_show_time_counts_from_when_the_arrival_was_told(rides: Rides) -> None:
    trip_id = rides.assigned()
    rides.made_earlier(trip_id, 40 * MINUTE)
    rides.knows(trip_id)
    rides.stands(0, ago=15 * MINUTE)
    rides.arrive(trip_id, happened_at=(datetime.now(UTC) - 15 * MINUTE).isoformat())
    rides.made_earlier(trip_id, 5 * MINUTE)
    rides.stands(0)

    no_show = rides.cancel(trip_id, rides.driver)

    assert (no_show.body["state"], no_show.body["cancel_rule"]) == ("cancelled", "rider_no_show")
    assert no_show.body["cancellation_fee_minor"] == 500


@pytest.mark.parametrize(("north_m", "ago"), [(900, 0 * MINUTE), (0, 2 * MINUTE)])
def test_a_driver_who_is_not_at_the_pickup_any_more_is_owed_no_no_show(
    rides: Rides, north_m: float, ago: timedelta
) -> None:
    trip_id = rides.assigned()
    rides.stands(0, ago=4 * MINUTE)
    rides.cloud.rows("update trips set assigned_at = assigned_at - interval '9 minutes' where id = %s", trip_id)
    rides.arrive(trip_id, happened_at=(datetime.now(UTC) - 4 * MINUTE).isoformat())
    rides.made_earlier(trip_id, 6 * MINUTE)
    rides.stands(north_m, ago=ago)

    handed_back = rides.cancel(trip_id, rides.driver)

    assert handed_back.body["arrival_distance_m"] is None
    assert (handed_back.body["state"], handed_back.body["cancellation_fee_minor"]) == ("matching", 0)


def test_while_positions_cannot_be_read_nobody_is_a_no_show(rides: Rides, monkeypatch: pytest.MonkeyPatch) -> None:
    trip_id = rides.arrived()
    rides.made_earlier(trip_id, 10 * MINUTE)
    monkeypatch.setenv("REDIS_PORT", "9")
    forget_wiring()

    handed_back = rides.cancel(trip_id, rides.driver)

    assert (handed_back.body["state"], handed_back.body["cancellation_fee_minor"]) == ("matching", 0)


@pytest.mark.parametrize(("is_m", "fee_minor", "rule"), [(900, 0, "driver_never_moved"), (20, 500, "driver_at_pickup")])
def test_a_rider_who_hears_of_the_arrival_only_now_pays_if_the_driver_is_there(
    rides: Rides, is_m: float, fee_minor: int, rule: str
) -> None:
    trip_id = rides.assigned()
    rides.made_earlier(trip_id, 20 * MINUTE)
    rides.was_asked(trip_id, 1000)
    rides.knows(trip_id)
    rides.stands(0, ago=8 * MINUTE)
    rides.stands(is_m)
    rides.arrive(trip_id, happened_at=(datetime.now(UTC) - 8 * MINUTE).isoformat())

    cancelled = rides.cancel(trip_id, rides.rider)

    assert (cancelled.body["cancellation_fee_minor"], cancelled.body["cancel_rule"]) == (fee_minor, rule)


def test_nobody_is_owed_a_no_show_who_was_not_there(rides: Rides) -> None:
    trip_id = rides.assigned()
    rides.stands(400)
    rides.arrive(trip_id)
    rides.made_earlier(trip_id, 10 * MINUTE)

    handed_back = rides.cancel(trip_id, rides.driver)

    assert (handed_back.body["state"], handed_back.body["cancellation_fee_minor"]) == ("matching", 0)
