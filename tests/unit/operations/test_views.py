"""Whatever happens in a market of any size: frames are bounded, and everything is either shown or counted."""

from __future__ import annotations

from datetime import timedelta
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rideflow.kernel.frames import MAX_FRAME_BYTES
from rideflow.kernel.json_text import json_bytes
from rideflow.operations.channel.model import CARS_AGAIN, MOST_CARS, MOST_CELLS, MOST_REQUESTS, MOST_TRIPS, Viewport
from rideflow.operations.channel.view import ENVELOPE_BYTES, Overall
from tests.screen import TO_PICKUP
from tests.unit.operations.market import CITY, ZONES, Market

EVERYWHERE = Viewport(south=37.5, west=-122.7, north=38.0, east=-122.2)
NOWHERE = Viewport(south=10, west=10, north=11, east=11)


@given(
    seed=st.integers(0, 2**32),
    drivers=st.sampled_from([0, 1, 30, 400, 4_600, 10_000]),
    acts=st.lists(
        st.sampled_from(["drive", "request", "assign", "start", "end", "turn", "leave"]), min_size=5, max_size=12
    ),
)
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
def test_frames_fit_and_everything_is_shown_or_counted(seed: int, drivers: int, acts: list[str]) -> None:
    random, market = Random(seed), Market()
    market.drive(random, drivers)
    screens = [market.watch(EVERYWHERE), market.watch(CITY), market.watch(NOWHERE)]

    for act in acts:
        _do(act, market, random, drivers)
        market.second()

    assert max(market.sizes) <= MAX_FRAME_BYTES
    assert all(screen.gaps == 0 for screen in screens)
    _quiet(market)
    everywhere = screens[0]
    if everywhere.cells:
        assert len(everywhere.cells) <= MOST_CELLS
    else:
        assert everywhere.cars.keys() == set(market.drivers)


@given(seed=st.integers(0, 2**32))
@settings(max_examples=10, suppress_health_check=[HealthCheck.too_slow])
def test_in_the_end_a_screen_shows_what_is_there(seed: int) -> None:
    random, market = Random(seed), Market()
    market.drive(random, 300)
    screen = market.watch()

    for _ in range(6):
        market.drive(random, 300)
        _do("request", market, random, 300)
        _do("assign", market, random, 300)
        market.second()
    _quiet(market)

    there = {
        driver: [round(each.lat * 100_000), round(each.lng * 100_000)]
        for cars in market.index.zones.values()
        for driver, each in cars.items()
        if each.lat is not None and each.lng is not None and CITY.holds(round(each.lat, 5), round(each.lng, 5))
    }
    assert {driver: car[:2] for driver, car in screen.cars.items()} == there
    waiting = {
        trip_id
        for trip_id, row in market.records.rows.items()
        if row["driver_id"] is None and CITY.holds(row["pickup_lat"], row["pickup_lng"])
    }
    assert screen.requests.keys() == waiting


def test_ten_thousand_moving_cars_take_no_more_than_the_frame_a_second() -> None:
    random, market = Random(1), Market()
    market.drive(random, 10_000)
    part = market.watch(Viewport(south=37.7, west=-122.5, north=37.83, east=-122.37))

    for _ in range(8):
        market.drive(random, 10_000)
        market.second()

    assert max(market.sizes) <= MAX_FRAME_BYTES
    assert part.data["outside"]["drivers"] > 0


def test_a_full_map_is_filled_by_the_frames_that_follow_the_snapshot() -> None:
    random, market = Random(1), Market()
    market.drive(random, 2_000)
    screen = market.watch(EVERYWHERE)

    market.second()
    first = len(screen.cars)
    for _ in range(4):
        market.second()

    assert 300 < first < 2_000
    assert (len(screen.cars), screen.snapshots) == (2_000, 1)
    assert screen.data["outside"]["drivers"] == 0


def test_the_oldest_change_is_sent_first() -> None:
    """A car that moves with each frame does not keep another from being sent."""
    random, market = Random(1), Market()
    market.drive(random, 4_000)
    screen = market.watch(EVERYWHERE)

    for _ in range(12):
        for driver in market.drivers:
            for cars in market.index.zones.values():
                cars.pop(driver, None)
            market.place(random, driver)
        market.second()

    assert len(screen.cars) == 4_000


def test_too_many_cars_are_counted_in_cells_until_fewer_are_left() -> None:
    random, market = Random(1), Market()
    market.drive(random, MOST_CARS)
    screen = market.watch(EVERYWHERE)
    market.second()
    assert not screen.cells

    market.place(random, "00000000-0000-4000-8000-000000000001")
    market.second()
    assert screen.snapshots == 2
    assert sum(sum(by_state) for _, *by_state in screen.cells) == MOST_CARS + 1
    assert 50 < len(screen.cells) <= MOST_CELLS

    _leave(market, MOST_CARS)
    market.second()
    assert screen.cells
    _leave(market, CARS_AGAIN)
    market.second()
    assert not screen.cells
    assert 300 < len(screen.cars) < CARS_AGAIN
    assert screen.snapshots == 2


def test_cells_are_sent_again_only_if_they_have_changed() -> None:
    random, market = Random(1), Market()
    market.drive(random, MOST_CARS + 1)
    market.watch(EVERYWHERE)

    for _ in range(3):
        market.second()

    assert market.sizes[0] > 5_000
    assert market.sizes[2] < 500


def test_there_are_limits_for_requests_and_trips_and_the_rest_follows_as_others_end() -> None:
    random, market = Random(1), Market()
    market.drive(random, 700)
    trips = [market.request(random) for _ in range(1_100)]
    for trip_id, driver in zip(trips[:700], market.drivers, strict=True):
        market.assign(trip_id, driver)
    screen = market.watch(EVERYWHERE)

    for _ in range(30):
        market.second()
    assert (len(screen.requests), len(screen.trips)) == (MOST_REQUESTS, MOST_TRIPS)
    assert screen.data["outside"] == {"drivers": 0, "requests": 100, "trips": 100}

    shown = [*screen.trips][:50]
    for trip_id in shown:
        market.end(trip_id)
    for _ in range(15):
        market.second()
    assert len(screen.trips) == MOST_TRIPS
    assert not set(shown) & screen.trips.keys()
    assert screen.data["outside"]["trips"] == 50

    for trip_id in [*screen.requests][:60]:
        market.end(trip_id)
    for _ in range(15):
        market.second()
    assert len(screen.requests) == MOST_REQUESTS
    assert screen.data["outside"]["requests"] == 40


def test_a_trip_is_shown_wherever_it_leads_across_the_viewport() -> None:
    random, market = Random(1), Market()
    viewport = Viewport(south=37.74, west=-122.45, north=37.78, east=-122.41)
    ends = {"across": (37.70, -122.50, 37.80, -122.40), "beside": (37.70, -122.50, 37.73, -122.40)}
    trips = {}
    for number, (name, (south, west, north, east)) in enumerate(ends.items()):
        trips[name] = market.request(random)
        places = {"pickup_lat": south, "pickup_lng": west, "dropoff_lat": north, "dropoff_lng": east}
        market.records.rows[trips[name]].update(places)
        market.assign(trips[name], f"00000000-0000-4000-8000-00000000000{number}")
    screen = market.watch(viewport)

    market.second()

    assert screen.trips.keys() == {trips["across"]}
    assert screen.data["outside"]["trips"] == 1


def test_an_arrival_is_sent_again_when_it_has_moved_by_half_a_minute() -> None:
    random, market = Random(1), Market()
    zone, driver = ZONES[0].id, "00000000-0000-4000-8000-000000000001"
    trip_id = market.request(random)
    market.records.rows[trip_id].update(pickup_lat=37.77, pickup_lng=-122.42)
    market.index.put(zone, driver, market.now, 37.80, -122.42)
    market.assign(trip_id, driver)
    screen = market.watch()
    sent = 0

    for step in range(60):
        market.index.put(zone, driver, market.now, 37.80 - step * 0.00001, -122.42)
        market.second()
        sent += bool(screen.data.get("trips"))

    assert screen.state_of(driver) == TO_PICKUP
    assert 2 <= sent <= 4


def test_a_driver_who_crosses_a_border_is_one_car() -> None:
    market = Market()
    driver = "00000000-0000-4000-8000-000000000001"
    market.index.put(ZONES[0].id, driver, market.now, 37.75, -122.42)
    screen = market.watch()
    market.second()

    market.index.put(ZONES[1].id, driver, market.now, 37.76, -122.42)
    market.second()
    assert sum(sum(by_state) for by_state in market.fleet.counts.values()) == 1
    assert screen.cars[driver][0] == 3_776_000

    del market.index.zones[ZONES[0].id][driver]
    market.second()
    assert screen.cars.keys() == {driver}


def test_of_a_driver_whom_two_zones_have_the_newer_position_counts() -> None:
    """Whichever zone is read first."""
    market = Market()
    drivers = [f"00000000-0000-4000-8000-00000000000{number}" for number in (1, 2)]
    earlier = market.now - timedelta(seconds=3)
    for driver, (new, old) in zip(drivers, [ZONES[:2], ZONES[1::-1]], strict=True):
        market.index.put(old.id, driver, earlier, 37.75, -122.42)
        market.index.put(new.id, driver, market.now, 37.76, -122.42)
    screen = market.watch()

    market.second()

    assert {driver: car[0] for driver, car in screen.cars.items()} == dict.fromkeys(drivers, 3_776_000)


def test_cars_tell_where_they_head_and_queues_how_long_they_are() -> None:
    market = Market()
    driver = "00000000-0000-4000-8000-000000000001"
    market.index.put(ZONES[0].id, driver, market.now, 37.75, -122.42)
    market.index.queued = {"sfo": 3}
    screen = market.watch()

    market.second()
    assert screen.cars[driver][3] == 90
    assert screen.queues == {"sfo": 3}

    market.index.queued = {"sfo": 4}
    market.second()
    assert screen.queues == {"sfo": 4}


@pytest.mark.parametrize("turns", [1, 5])
def test_a_view_that_is_turned_away_and_back_shows_the_same(turns: int) -> None:
    random, market = Random(1), Market()
    market.drive(random, 500)
    screen = market.watch(EVERYWHERE)
    market.second()
    ((view, _),) = market.views

    for _ in range(turns):
        view.look_at(NOWHERE)
        market.second()
        assert screen.cars == {}
        view.look_at(EVERYWHERE)
    _quiet(market)

    assert screen.cars.keys() == set(market.drivers)
    assert screen.snapshots == 1


def _do(act: str, market: Market, random: Random, drivers: int) -> None:
    if act == "drive":
        market.drive(random, drivers)
    elif act == "turn":
        for view, _ in market.views[1:]:
            view.look_at(random.choice([EVERYWHERE, CITY, NOWHERE]))
    elif act == "leave":
        _leave(market, len(market.drivers) // 2)
    else:
        _ride(act, market, random)


def _ride(act: str, market: Market, random: Random) -> None:
    rows = market.records.rows
    busy = {trip_id: row["driver_id"] for trip_id, row in rows.items() if row["driver_id"] is not None}
    match act:
        case "request":
            for _ in range(random.randrange(60)):
                market.request(random)
        case "assign":
            idle = sorted(set(market.drivers) - set(busy.values()))
            for trip_id, driver in zip(sorted(rows.keys() - busy.keys())[::2], idle, strict=False):
                market.assign(trip_id, driver)
        case "start":
            for trip_id in [*busy][::2]:
                market.start(trip_id)
        case _:
            for trip_id in [*busy][::3]:
                market.end(trip_id)


def _leave(market: Market, until: int) -> None:
    """The last drivers leave until so many are left."""
    for driver in market.drivers[until:]:
        for cars in market.index.zones.values():
            cars.pop(driver, None)


def _quiet(market: Market) -> None:
    """Nothing more happens, until everything is sent."""
    for _ in range(30):
        market.second()


def test_an_app_that_is_to_forget_more_than_a_frame_holds_forgets_everything() -> None:
    """A full map is turned away."""
    random, market = Random(1), Market()
    market.drive(random, CARS_AGAIN)
    trips = [market.request(random) for _ in range(MOST_TRIPS + MOST_REQUESTS)]
    for trip_id, driver in zip(trips[:MOST_TRIPS], market.drivers, strict=False):
        market.assign(trip_id, driver)
    screen = market.watch(EVERYWHERE)
    _quiet(market)
    _quiet(market)
    assert (len(screen.cars), len(screen.trips), len(screen.requests)) == (CARS_AGAIN, MOST_TRIPS, MOST_REQUESTS)

    ((view, _),) = market.views
    view.look_at(NOWHERE)
    market.second()

    assert (screen.cars, screen.trips, screen.requests) == ({}, {}, {})
    assert market.sizes[-1] < 2_000
    assert screen.snapshots == 2


def test_a_frame_of_cells_and_many_zones_has_room_for_what_is_gone() -> None:
    """Each fits alone: cells of a full map, rides that the map was turned away from, and ninety zones."""
    random, market = Random(1), Market()
    market.drive(random, 12_000)
    east = {"pickup_lat": 37.75, "pickup_lng": -122.35, "dropoff_lat": 37.75, "dropoff_lng": -122.33}
    for _ in range(MOST_REQUESTS):
        market.records.rows[market.request(random)].update(east)
    trips = [market.request(random) for _ in range(115)]
    for trip_id, driver in zip(trips, market.drivers, strict=False):
        market.records.rows[trip_id].update(east)
        market.assign(trip_id, driver)
    screen = market.watch(EVERYWHERE)
    _quiet(market)
    assert (len(screen.requests), len(screen.trips)) == (MOST_REQUESTS, len(trips))
    assert screen.cells

    ((view, _),) = market.views
    view.look_at(Viewport(south=37.6, west=-122.6, north=37.9, east=-122.36))
    overall = Overall.of(market.fleet, market.rides)
    overall.zones[:] = [{**overall.zones[0], "zone": f"zone-{number}"} for number in range(90)]
    snapshot, picture = view.next_frame(overall, "a-market", screen.revision + 1)

    assert snapshot
    assert len(json_bytes(picture)) + ENVELOPE_BYTES <= MAX_FRAME_BYTES
    assert len(picture["cells"]) > 100
    assert len(picture["zones"]) == 90
    assert not picture.keys() & {"gone", "requests_gone", "trips_gone"}
