"""A request near a zone's border: drivers of both sides, one offer, and each zone's trouble its own."""

import json
import os
import signal
import time
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from redis import Redis

from local.redis import start_redis
from rideflow.dispatch.demand import DemandSnapshots
from rideflow.dispatch.messages import Tick
from rideflow.dispatch.ticks import Ticks
from rideflow.locations.frames import DriverPosition
from rideflow.markets.zones import Zone as ServedZone
from rideflow.operations.offers import DispatchTrip
from rideflow.supply.index.leases import LEASE_LIVES
from rideflow.supply.index.search import SearchIndex
from rideflow.supply.keys import ZoneKeys
from rideflow.supply.model import AvailableDrivers, DriverQuery
from rideflow.supply.neighbours import ANSWERS_WITHIN_S, Neighbours
from tests.adapters.dispatch.accepting import accept
from tests.adapters.dispatch.places import (
    BORDER,
    NORTH,
    SOUTH,
    break_keys,
    driver_standing,
    free_in,
    off,
    restore_keys,
    rider_waits_in,
    stands,
    tick,
)
from tests.adapters.dispatch.zone import Environment, Zone, at_once
from tests.adapters.supply.street import CORNER
from tests.cluster_client import cluster_client


def offered_over_the_border(zone: Zone) -> tuple[UUID, UUID]:
    """A driver in the south, and the trip in the north that they were offered."""
    driver = driver_standing(zone.street, off(BORDER, -300))
    trip = rider_waits_in(zone, NORTH, off(BORDER, 200))
    tick(zone.here, NORTH)
    assert zone.offers(trip) == {driver: "open"}
    return driver, trip


def matcher_with(zone: Zone, neighbours: Neighbours) -> Ticks:
    """The environment's matcher, that looks and counts over the border by these."""
    here = zone.here
    return replace(
        here.matcher, neighbours=neighbours, demand=DemandSnapshots(here.offers, here.index.search, neighbours)
    )


def reserved(zone: Zone, zone_id: str, driver: UUID) -> bool:
    return zone.street.redis.zscore(ZoneKeys(zone_id).reserved, str(driver)) is not None


def test_the_nearest_driver_is_asked_whichever_side_of_the_border_they_are_on(zone: Zone) -> None:
    near, far = driver_standing(zone.street, off(BORDER, -300)), driver_standing(zone.street, off(BORDER, 1_500))
    trip = rider_waits_in(zone, NORTH, off(BORDER, 200))

    tick(zone.here, NORTH)

    (offer,) = zone.street.rows("select zone, driver_zone, driver_id from offers")
    assert offer == {"zone": NORTH, "driver_zone": SOUTH, "driver_id": near}
    assert (zone.offered(near), zone.offered(far)) == ([trip], [])
    assert (reserved(zone, SOUTH, near), reserved(zone, NORTH, near), free_in(zone.street, SOUTH)) == (True, False, 0)


def test_requests_of_both_sides_are_weighed_with_the_same_drivers(zone: Zone) -> None:
    """A driver near the border helps only riders whom nobody else reaches."""
    at_border, beyond = (
        driver_standing(zone.street, off(BORDER, -100)),
        driver_standing(zone.street, off(BORDER, 1_900)),
    )
    first, second = (rider_waits_in(zone, NORTH, off(BORDER, metres)) for metres in (100, 1_200))

    tick(zone.here, NORTH)

    assert (zone.offered(at_border), zone.offered(beyond)) == ([first], [second])


class SeenTwice(Neighbours):
    """Two zones beside know every driver, as when one has just crossed."""

    def around(self, zone: ServedZone, query: DriverQuery) -> dict[str, AvailableDrivers]:
        found = super().around(zone, query)
        return {f"beside {name}": around for name, around in found.items()} | found


def test_a_driver_whom_two_zones_beside_know_is_weighed_once(zone: Zone) -> None:
    driver = driver_standing(zone.street, off(BORDER, -100))
    far, near = (
        rider_waits_in(zone, NORTH, off(BORDER, metres), trip_id=UUID(int=number))
        for number, metres in enumerate((400, 100), 1)
    )

    matcher_with(zone, SeenTwice(lambda: zone.here.index.search)).run(Tick(zone=NORTH))

    assert (zone.offers(near), zone.offers(far)) == ({driver: "open"}, {})


def test_who_takes_a_trip_over_the_border_drives_it_and_the_rider_follows(zone: Zone) -> None:
    driver, trip = offered_over_the_border(zone)
    rider = zone.request(trip)["rider_id"]

    assert accept(zone, driver, trip) is None
    zone.street.passes(20)
    stands(zone.street, driver, off(BORDER, -100))

    assert zone.trip(trip)["driver_id"] == driver
    assert free_in(zone.street, SOUTH) == 0
    zone.street.passes(20)
    stands(zone.street, driver, off(BORDER, 100))
    frames = [frame for frame in zone.street.told.to(rider) if isinstance(frame, DriverPosition)]
    assert [frame.trip_id for frame in frames] == [trip, trip]
    assert free_in(zone.street, NORTH) == 0
    zone.here.trips.arrive(driver, trip)


@pytest.mark.parametrize("end", ["declined", "expired", "withdrawn"])
def test_an_offer_that_ended_releases_the_driver_in_their_own_zone(zone: Zone, end: str) -> None:
    driver, trip = offered_over_the_border(zone)

    if end == "declined":
        zone.here.offer_responses.decline(driver, trip)
    elif end == "expired":
        zone.street.passes(16)
        zone.here.requests.expire(NORTH)
    else:
        zone.here.requests.trip_ended(trip, "cancelled")

    assert zone.offers(trip) == {driver: end}
    assert (free_in(zone.street, SOUTH), reserved(zone, SOUTH, driver)) == (1, False)


def test_whoever_loses_to_another_driver_is_released_where_they_are(zone: Zone) -> None:
    zone.strategy("broadcast", offers_per_trip=2)
    south, north = driver_standing(zone.street, off(BORDER, -300)), driver_standing(zone.street, off(BORDER, 300))
    trip = rider_waits_in(zone, NORTH, BORDER)
    tick(zone.here, NORTH)
    assert zone.offers(trip) == {south: "open", north: "open"}

    assert accept(zone, north, trip) is None
    assert (free_in(zone.street, SOUTH), free_in(zone.street, NORTH)) == (1, 0)

    zone.street.redis.zadd(ZoneKeys(SOUTH).reserved, {str(south): 2e12})
    zone.here.requests.driver_assigned(trip, north)
    assert not reserved(zone, SOUTH, south)


def test_an_offer_of_before_the_border_was_open_went_to_a_driver_of_the_trip_s_zone(zone: Zone) -> None:
    driver = driver_standing(zone.street, off(BORDER, 300))
    trip = rider_waits_in(zone, NORTH, BORDER)
    tick(zone.here, NORTH)
    zone.street.rows("update offers set driver_zone = null")

    zone.here.offer_responses.decline(driver, trip)

    assert free_in(zone.street, NORTH) == 1


def test_who_crosses_with_an_offer_stays_reserved_and_may_still_answer_it(zone: Zone) -> None:
    driver, trip = offered_over_the_border(zone)
    zone.street.passes(10)

    stands(zone.street, driver, off(BORDER, 100))

    assert (reserved(zone, NORTH, driver), free_in(zone.street, NORTH)) == (True, 0)
    other = rider_waits_in(zone, NORTH, off(BORDER, 300))
    tick(zone.here, NORTH)
    assert zone.offers(other) == {}
    assert accept(zone, driver, trip) is None
    zone.street.passes(4)
    stands(zone.street, driver, off(BORDER, 150))
    assert free_in(zone.street, NORTH) == 0
    change = zone.street.records.trip_in_hand(driver, trip)
    assert change is not None
    zone.street.availability.trip_changed(change)
    zone.street.passes(20)
    stands(zone.street, driver, off(BORDER, 200))
    assert free_in(zone.street, NORTH) == 0


def test_whoever_lost_and_crossed_is_free_once_the_news_of_the_assignment_has_come(zone: Zone) -> None:
    zone.strategy("broadcast", offers_per_trip=2)
    crossing, winner = driver_standing(zone.street, off(BORDER, -100)), driver_standing(zone.street, off(BORDER, 300))
    trip = rider_waits_in(zone, NORTH, BORDER)
    tick(zone.here, NORTH)
    zone.street.passes(5)
    stands(zone.street, crossing, off(BORDER, 50))
    assert accept(zone, winner, trip) is None

    zone.here.requests.driver_assigned(trip, winner)

    assert (free_in(zone.street, NORTH), reserved(zone, NORTH, crossing)) == (1, False)


def test_who_crosses_with_an_offer_and_declines_it_is_free_where_they_are(zone: Zone) -> None:
    driver, trip = offered_over_the_border(zone)
    zone.street.passes(10)
    stands(zone.street, driver, off(BORDER, 100))

    zone.here.offer_responses.decline(driver, trip)

    assert (free_in(zone.street, NORTH), reserved(zone, NORTH, driver)) == (1, False)


@pytest.mark.race
def test_both_zones_ticks_at_once_ask_the_driver_once(zone: Zone) -> None:
    one, other = zone.environment(), zone.environment()
    for _ in range(10):
        driver = driver_standing(zone.street, BORDER)
        trips = [rider_waits_in(zone, name, off(BORDER, metres)) for name, metres in ((NORTH, 200), (SOUTH, -200))]

        at_once([partial(tick, one, NORTH), partial(tick, other, SOUTH)])

        assert [state for trip in trips for state in zone.offers(trip).values()] == ["open"]
        assert len(zone.offered(driver)) == 1
        for trip in trips:
            zone.here.requests.give_up(trip, str(trip))
        zone.street.redis.flushall()
        zone.street.passes(1)


@pytest.mark.race
def test_drivers_of_both_sides_who_accept_at_once_leave_one_winner_and_nobody_reserved(zone: Zone) -> None:
    zone.strategy("broadcast", offers_per_trip=2)
    one, other = zone.environment(), zone.environment()
    for _ in range(10):
        drivers = [driver_standing(zone.street, off(BORDER, metres)) for metres in (-300, 300)]
        trip = rider_waits_in(zone, NORTH, BORDER)
        tick(zone.here, NORTH)

        def answers(environment: Environment, driver: UUID, trip: UUID = trip) -> bool:
            return environment.offer_responses.accept(driver, trip) is True

        outcomes = at_once([partial(answers, each, driver) for each, driver in zip((one, other), drivers, strict=True)])

        assert sorted(outcome is True for outcome in outcomes) == [False, True]
        assert free_in(zone.street, NORTH) + free_in(zone.street, SOUTH) == 1
        assert not any(reserved(zone, name, driver) for name in (NORTH, SOUTH) for driver in drivers)
        zone.street.redis.flushall()
        zone.street.passes(1)


def test_a_neighbour_that_does_not_answer_is_not_seen_is_counted_and_stops_nobody(
    zone: Zone, capsys: pytest.CaptureFixture[str]
) -> None:
    own = driver_standing(zone.street, off(BORDER, 1_500))
    trip = rider_waits_in(zone, NORTH, off(BORDER, 200))
    break_keys(zone, SOUTH)

    tick(zone.here, NORTH)

    assert zone.offers(trip) == {own: "open"}
    counted = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "NeighbourUnseen" in line]
    assert [metric["zone"] for metric in counted] == [SOUTH] * 2  # neither counted nor looked into


def test_a_neighbour_whose_node_hangs_delays_the_tick_less_than_its_lock_lives(zone: Zone, tmp_path: Path) -> None:
    own = driver_standing(zone.street, off(BORDER, 1_500))
    trip = rider_waits_in(zone, NORTH, off(BORDER, 200))
    other = start_redis(tmp_path / "redis", tmp_path / "redis.log")
    with Redis(port=other.port) as its_own:
        process_id = int(its_own.info("server")["process_id"])
    try:
        client = cluster_client(other.url, timeout_s=ANSWERS_WITHIN_S, retries=0)
        matcher = matcher_with(zone, Neighbours(lambda: SearchIndex(client, zone.street.markets)))
        os.kill(process_id, signal.SIGSTOP)
        began = time.monotonic()

        matcher.run(Tick(zone=NORTH))

        assert timedelta(seconds=time.monotonic() - began) < LEASE_LIVES
        assert zone.offers(trip) == {own: "open"}
        client.close()
    finally:
        os.kill(process_id, signal.SIGCONT)
        other.stop()


def test_a_neighbour_in_trouble_is_left_alone_for_a_while_and_then_seen_again(zone: Zone) -> None:
    trip = rider_waits_in(zone, NORTH, off(BORDER, 200))
    break_keys(zone, SOUTH)
    tick(zone.here, NORTH)
    restore_keys(zone, SOUTH)
    driver = driver_standing(zone.street, off(BORDER, -300))

    zone.street.passes(9)
    tick(zone.here, NORTH)
    assert zone.offers(trip) == {}
    zone.street.passes(1)
    tick(zone.here, NORTH)

    assert zone.offers(trip) == {driver: "open"}


def test_an_offer_ends_and_the_chain_goes_on_while_its_driver_s_zone_does_not_answer(zone: Zone) -> None:
    driver, trip = offered_over_the_border(zone)
    own = driver_standing(zone.street, off(BORDER, 1_500))
    break_keys(zone, SOUTH)
    zone.ticks.take()
    zone.street.redis.delete(ZoneKeys(NORTH).tick_due)

    zone.here.offer_responses.decline(driver, trip)
    ((message, _),) = zone.ticks.take()
    zone.here.matcher.run(message)

    assert zone.offers(trip) == {driver: "declined", own: "open"}


def test_far_from_every_border_no_other_zone_is_looked_into_but_counted_once_a_minute(zone: Zone) -> None:
    asked = 0

    def search() -> SearchIndex:
        nonlocal asked
        asked += 1
        return zone.here.index.search

    zone.here.matcher = matcher_with(zone, Neighbours(search))
    driver = zone.street.driver_at(100)
    trip = zone.rider_waits(pickup=CORNER)
    zone.street.passes(20)
    zone.reports(driver)
    zone.here.matcher.run(Tick(zone=NORTH))
    assert (zone.offers(trip), asked) == ({driver: "open"}, 1)

    rider_waits_in(zone, NORTH, off(BORDER, 4_000))
    tick(zone.here, NORTH)
    assert asked == 1
    zone.street.passes(4)
    tick(zone.here, NORTH)
    assert asked == 2


def test_an_operator_may_choose_a_driver_over_the_border(zone: Zone) -> None:
    driver, trip = driver_standing(zone.street, off(BORDER, -15_000)), rider_waits_in(zone, NORTH, off(BORDER, 500))
    wanted = DispatchTrip(driver_id=driver, reason="the rider's suitcase is in this car")

    view = zone.here.manual.offer(uuid4(), trip, wanted, str(uuid4()))

    assert round(view.pickup_distance_m, -2) == 15_500
    assert reserved(zone, SOUTH, driver)
    assert accept(zone, driver, trip) is None
    assert not reserved(zone, SOUTH, driver)


def test_an_operator_finds_a_driver_though_another_zone_does_not_answer(zone: Zone) -> None:
    driver, trip = driver_standing(zone.street, off(BORDER, 900)), rider_waits_in(zone, SOUTH, off(BORDER, -500))
    zone.street.redis.set(ZoneKeys(SOUTH).driver(driver), "broken")

    view = zone.here.manual.offer(
        uuid4(), trip, DispatchTrip(driver_id=driver, reason="nobody else is near"), str(uuid4())
    )

    assert view.driver_id == driver
