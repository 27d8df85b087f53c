"""Operators look at a market: what they are sent of it, second by second."""

from datetime import datetime, timedelta

import pytest

from rideflow.operations.channel.errors import TooManyWatchersError, UnknownMarketError
from rideflow.operations.channel.model import MOST_WATCHERS, WATCHES_FOR, Viewport
from tests.adapters.operations.channel import CITY, MARKET, Channel, nothing
from tests.adapters.supply.street import CORNER, DEGREE_M
from tests.screen import FREE, SILENT, TO_PICKUP, WITH_RIDER

SOUTH_OF_CORNER = Viewport(south=37.70, west=-122.52, north=CORNER.lat - 0.001, east=-122.35)


def test_the_first_frame_is_a_snapshot_and_deltas_follow_each_second(channel: Channel) -> None:
    driver = channel.street.driver_at(100)
    screen = channel.watch()

    channel.runs(nothing, nothing)

    assert (screen.snapshots, screen.deltas, screen.gaps, screen.revision) == (1, 2, 0, 3)
    lat = round((CORNER.lat + 100 / DEGREE_M) * 100_000)
    assert screen.cars == {str(driver): [lat, round(CORNER.lng * 100_000), FREE, -1]}
    assert screen.data["counts"] == {
        "free": 1, "to_pickup": 0, "with_rider": 0, "silent": 0, "waiting": 0, "trips": 0,
    }  # fmt: skip


def test_a_delta_has_what_has_changed_and_nothing_else(channel: Channel) -> None:
    moving, _standing = channel.street.driver_at(100), channel.street.driver_at(200)
    channel.watch()

    channel.runs(lambda: channel.street.at(moving, 110), nothing)

    _, moved, quiet = (frame["data"] for frame in channel.connections.frames["c1"])
    assert len(moved["cars"]) == 1
    assert quiet.keys() == {"market", "revision", "counts", "outside"}


def test_who_goes_offline_is_gone_with_the_next_frame(channel: Channel) -> None:
    leaves, stays = channel.street.driver_at(100), channel.street.driver_at(200)
    screen = channel.watch()

    channel.runs(lambda: channel.street.index.availability.forget("sf-bay", leaves))

    assert screen.cars.keys() == {str(stays)}
    assert screen.data["gone"]


def test_who_comes_as_another_leaves_is_not_taken_for_them(channel: Channel) -> None:
    """The zone has as many drivers as before."""
    leaves = channel.street.driver_at(100)
    screen = channel.watch()
    comes = []

    def change_places() -> None:
        channel.street.index.availability.forget("sf-bay", leaves)
        comes.append(channel.street.driver_at(200))

    channel.runs(change_places)

    assert screen.cars.keys() == {str(comes[0])}


def test_a_position_that_comes_late_is_shown_by_the_next_roll_call(channel: Channel) -> None:
    """Its time, by the phone, lies before looks that were made already."""
    street = channel.street
    driver = street.driver_at(100)
    screen = channel.watch()

    def late() -> None:
        assert street.at(driver, 120, at=street.now - timedelta(seconds=2)) == "accepted"

    channel.runs(nothing, nothing, nothing, nothing, late, *[nothing] * 5)

    assert screen.cars[str(driver)][0] == round((CORNER.lat + 120 / DEGREE_M) * 100_000)


def test_a_position_that_comes_as_late_as_most_do_is_shown_with_the_next_frame(channel: Channel) -> None:
    """Its time, by the phone, lies just before the last look."""
    street = channel.street
    driver = street.driver_at(100)
    screen = channel.watch()

    channel.runs(nothing, lambda: street.at(driver, 120, at=street.now - timedelta(seconds=1.4)))

    assert screen.cars[str(driver)][0] == round((CORNER.lat + 120 / DEGREE_M) * 100_000)


def test_a_car_without_a_position_for_30_s_is_silent(channel: Channel) -> None:
    driver = channel.street.driver_at(100)
    screen = channel.watch()

    channel.runs(nothing, lambda: channel.street.passes(30))

    assert screen.state_of(driver) == SILENT
    assert screen.data["counts"]["silent"] == 1


def test_a_driver_of_whom_no_position_is_known_is_counted_outside(channel: Channel) -> None:
    driver = channel.street.driver()
    channel.street.index.silence.watch("sf-bay", [driver], channel.street.now)
    screen = channel.watch()

    channel.runs()

    assert screen.cars == {}
    assert screen.data["outside"]["drivers"] == 1


@pytest.mark.parametrize(
    ("state", "shown"), [("driver_assigned", TO_PICKUP), ("driver_arrived", TO_PICKUP), ("in_progress", WITH_RIDER)]
)
def test_the_trip_decides_the_state_of_its_car(channel: Channel, state: str, shown: int) -> None:
    driver = channel.street.driver_at(100)
    screen = channel.watch()
    trips = []

    channel.runs(lambda: trips.append(channel.street.trip(state, driver_id=driver)))

    assert screen.state_of(driver) == shown
    assert screen.trips[str(trips[0])]["state"] == state
    assert screen.data["counts"]["trips"] == 1


def test_a_trip_tells_when_its_car_is_expected_as_its_rider_is_told(channel: Channel) -> None:
    driver = channel.street.driver_at(1000)
    trip = channel.street.trip("driver_assigned", driver_id=driver)
    screen = channel.watch()

    channel.runs()

    eta_s = channel.street.markets.named(MARKET).travel.to_pickups.seconds(1000)
    told = channel.street.now.timestamp() + eta_s
    assert abs(datetime.fromisoformat(screen.trips[str(trip)]["eta_at"]).timestamp() - told) <= 15


@pytest.mark.parametrize(("state", "silent_s"), [("driver_arrived", 0), ("driver_assigned", 30)])
def test_a_car_at_the_pickup_or_without_a_signal_has_no_expected_arrival(
    channel: Channel, state: str, silent_s: float
) -> None:
    trip = channel.street.trip(state, driver_id=channel.street.driver_at(1000))
    screen = channel.watch()

    channel.runs(lambda: channel.street.passes(silent_s))

    assert screen.trips[str(trip)]["eta_at"] is None


def test_what_happened_before_anybody_looked_is_not_told(channel: Channel) -> None:
    trip = channel.street.trip("driver_assigned", driver_id=channel.street.driver_at(100))
    channel.street.passes(1)
    screen = channel.watch()

    channel.runs(nothing, nothing)

    assert str(trip) in screen.trips
    assert screen.saw(trip) == []


def test_a_zone_tells_since_when_somebody_waits(channel: Channel) -> None:
    since = channel.street.now
    channel.street.trip("matching")
    channel.street.passes(60)
    channel.street.trip("matching")
    screen = channel.watch()

    channel.runs()

    assert datetime.fromisoformat(screen.zones["sf-bay"]["oldest_request_at"]) == since


def test_a_request_is_shown_until_it_has_a_driver(channel: Channel) -> None:
    driver = channel.street.driver_at(100)
    trip = channel.street.trip("matching")
    screen = channel.watch()
    seen = []

    def assign() -> None:
        seen.append((dict(screen.requests), screen.zones["sf-bay"]["waiting"]))
        channel.street.rows(
            "update trips set state = 'driver_assigned', driver_id = %s, version = version + 1, assigned_at = %s "
            "where id = %s returning id", driver, channel.street.now, trip,
        )  # fmt: skip

    channel.runs(assign)

    ((requests, waiting),) = seen
    assert requests[str(trip)]["offered"] is False
    assert waiting == 1
    assert screen.requests == {}
    assert screen.trips[str(trip)]["driver_id"] == str(driver)


def test_a_trip_that_ends_is_gone_and_the_time_line_says_how(channel: Channel) -> None:
    street = channel.street
    trip = street.trip("in_progress", driver_id=street.driver_at(100))
    screen = channel.watch()

    def complete() -> None:
        street.rows(
            "with ended as (update trips set state = 'completed', version = 6, completed_at = %s, ended_at = %s "
            "where id = %s returning id) insert into trip_events (trip_id, seq, type, at, actor, data) "
            "select id, 6, 'TripCompleted', %s, 'driver', '{}' from ended returning trip_id",
            street.now, street.now, trip, street.now,
        )  # fmt: skip

    channel.runs(complete, nothing, nothing)

    assert screen.trips == {}
    assert screen.saw(trip) == ["TripCompleted"]


def test_what_is_outside_the_viewport_is_counted_and_not_sent(channel: Channel) -> None:
    channel.street.driver_at(100)
    channel.street.trip("matching")
    screen = channel.watch(viewport=SOUTH_OF_CORNER)

    channel.runs()

    assert (screen.cars, screen.requests) == ({}, {})
    assert screen.data["outside"] == {"drivers": 1, "requests": 1, "trips": 0}


def test_cars_come_and_go_with_the_viewport_and_with_their_ways(channel: Channel) -> None:
    street = channel.street
    driver, stays = street.driver_at(100), street.driver_at(-500)
    screen = channel.watch(viewport=SOUTH_OF_CORNER)
    seen = []

    def drives_out() -> None:
        seen.append(set(screen.cars))
        street.at(driver, 120)

    def turns_to_the_city() -> None:
        seen.append(set(screen.cars))
        channel.watch(viewport=CITY)

    def turns_back() -> None:
        seen.append(set(screen.cars))
        channel.watch(viewport=SOUTH_OF_CORNER)

    channel.runs(drives_out, turns_to_the_city, turns_back)

    south, both = {str(stays)}, {str(driver), str(stays)}
    assert [*seen, set(screen.cars)] == [south, south, both, south]
    assert screen.snapshots == 1


def test_two_watchers_see_their_own_parts_of_one_market(channel: Channel) -> None:
    north, south = channel.street.driver_at(100), channel.street.driver_at(-500)
    everything, a_part = channel.watch("c1"), channel.watch("c2", SOUTH_OF_CORNER)

    channel.runs(nothing)

    assert everything.cars.keys() == {str(north), str(south)}
    assert a_part.cars.keys() == {str(south)}
    assert everything.data["counts"] == a_part.data["counts"]
    assert channel.queue.messages == []


def test_whoever_missed_a_frame_begins_anew(channel: Channel) -> None:
    channel.street.driver_at(100)
    screen = channel.watch()

    channel.runs(nothing, lambda: channel.watch(fresh=True), nothing)

    assert (screen.snapshots, screen.revision, screen.gaps) == (2, 2, 0)


def test_a_frame_that_was_not_taken_is_followed_by_a_snapshot(channel: Channel) -> None:
    driver = channel.street.driver_at(100)
    screen = channel.watch()

    def refuse() -> None:
        channel.connections.refusing.add("c1")
        channel.street.at(driver, 110)

    channel.runs(refuse, channel.connections.refusing.clear, nothing)

    assert (screen.snapshots, screen.gaps) == (2, 0)
    assert screen.cars[str(driver)][0] == round((CORNER.lat + 110 / DEGREE_M) * 100_000)


def test_a_subscription_ends_a_minute_after_the_last_message_and_with_it_the_producer(channel: Channel) -> None:
    screen = channel.watch()

    channel.runs(nothing, lambda: channel.street.passes(WATCHES_FOR.total_seconds()))

    assert screen.revision == 2
    assert _keys(channel) == set()


def test_a_subscription_is_prolonged_by_another_message(channel: Channel) -> None:
    screen = channel.watch()

    channel.runs(lambda: channel.street.passes(40), channel.watch, lambda: channel.street.passes(40), nothing)

    assert screen.revision == 5


def test_the_last_who_ends_their_subscription_ends_the_producer(channel: Channel) -> None:
    channel.watch("c1")
    channel.watch("c2")

    channel.runs(lambda: channel.watchers.unwatch(["c1"]), lambda: channel.watchers.unwatch(["c2"]))

    assert [len(channel.connections.frames[each]) for each in ("c1", "c2")] == [1, 2]
    assert _keys(channel) == set()


def test_a_connection_that_is_gone_is_forgotten(channel: Channel) -> None:
    channel.watch("c1")
    stays = channel.watch("c2")

    channel.runs(lambda: channel.connections.close("c1"), nothing, nothing)

    assert stays.revision == 4
    assert len(channel.connections.frames["c1"]) == 1
    assert channel.street.redis.zrange(f"{{operators}}:{MARKET}:watchers", 0, -1) == [b"c2"]


def test_a_market_has_so_many_watchers_and_no_more(channel: Channel) -> None:
    for number in range(MOST_WATCHERS):
        channel.watch(f"c{number}")

    with pytest.raises(TooManyWatchersError):
        channel.watch("one more")
    channel.watch("c1")
    channel.watchers.unwatch(["c2"])
    channel.watch("one more")


def test_a_subscription_that_has_ended_takes_nobodys_place(channel: Channel) -> None:
    """Nothing has swept it yet: no producer has come."""
    for number in range(MOST_WATCHERS):
        channel.watch(f"c{number}")
    channel.street.passes(WATCHES_FOR.total_seconds())

    channel.watch("one more")
    channel.runs(message=channel.queue.messages[-1])

    assert list(channel.connections.frames) == ["one more"]


def test_a_market_that_is_not_deployed_is_refused(channel: Channel) -> None:
    with pytest.raises(UnknownMarketError) as refused:
        channel.watch(market="atlantis")

    assert refused.value.extra["markets"] == [market.id for market in channel.street.markets.all]


def _keys(channel: Channel) -> set[bytes | str]:
    return set(channel.street.redis.keys("{operators}*"))
