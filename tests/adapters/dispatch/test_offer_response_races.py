"""Many answers and ticks at once, each from an environment of its own; what two do at once is in `tests/races`."""

from functools import partial
from typing import Any
from uuid import UUID

import pytest

from rideflow.dispatch.errors import AlreadyOnTripError, OfferWithdrawnError, TripTakenError
from rideflow.dispatch.messages import Tick
from rideflow.supply.keys import ZoneKeys
from tests.adapters.dispatch.zone import Environment, Zone, at_once
from tests.adapters.supply.street import ZONE


@pytest.mark.race
def test_two_hundred_accepts_at_once_from_twenty_drivers_give_one_winner(zone: Zone) -> None:
    zone.strategy("broadcast", offers_per_trip=20)
    drivers = [zone.street.driver_at(10.0 * number) for number in range(20)]
    trip = zone.rider_waits()
    zone.tick()
    assert len(zone.offers(trip)) == 20
    environments = [zone.environment() for _ in range(20)]

    def ten_times(environment: Environment, driver: UUID) -> list[Any]:
        return [at_once([partial(environment.offer_responses.accept, driver, trip)])[0] for _ in range(10)]

    outcomes = at_once([partial(ten_times, *each) for each in zip(environments, drivers, strict=True)])

    winner = drivers.index(zone.trip(trip)["driver_id"])
    assert outcomes.pop(winner) == [True] + [False] * 9
    assert [type(outcome) for each in outcomes for outcome in each] == [TripTakenError] * 190
    assert len(zone.street.bus.events) == 1
    assert sorted(zone.offers(trip).values()) == ["accepted"] + ["withdrawn"] * 19
    assert len(zone.street.free()) == 19


@pytest.mark.race
def test_everybody_accepts_everything_at_once_and_every_trip_and_driver_is_taken_once(zone: Zone) -> None:
    """Five drivers hold offers of the same five trips: circles of locks would show as errors here."""
    zone.strategy("broadcast", offers_per_trip=5, offers_per_driver=5)
    environments = [zone.environment() for _ in range(10)]
    for _ in range(4):
        drivers = [zone.street.driver_at(10.0 * number) for number in range(5)]
        trips = [zone.rider_waits() for _ in range(5)]
        while any(len(zone.offers(trip)) < 5 for trip in trips):
            zone.tick()
        calls = [
            partial(environments[(number + index) % 10].offer_responses.accept, driver, trip)
            for number, driver in enumerate(drivers)
            for index, trip in enumerate(trips)
        ]
        outcomes = []
        for start in range(5):  # every driver and every trip in each round, each environment once
            outcomes += at_once(calls[start::5])

        assert {type(outcome) for outcome in outcomes} <= {
            bool, AlreadyOnTripError, TripTakenError, OfferWithdrawnError,
        }  # fmt: skip
        taken = [zone.trip(trip)["driver_id"] for trip in trips]
        assert len(set(taken) - {None}) == outcomes.count(True)
        zone.street.rows("update match_requests set closed_at = now(), outcome = 'cancelled' where closed_at is null")
        zone.street.rows("update offers set state = 'expired', ended_at = now() where state = 'open'")
        zone.street.rows("update trips set state = 'cancelled', ended_at = now()")
        zone.street.redis.flushall()


@pytest.mark.race
def test_ticks_at_once_make_one_offer_for_each_trip_and_driver(zone: Zone) -> None:
    environments: list[Environment] = [zone.environment() for _ in range(4)]
    drivers = [zone.street.driver_at(50.0 * number) for number in range(8)]
    trips = [zone.rider_waits() for _ in range(8)]

    for _ in range(3):
        zone.street.redis.delete(ZoneKeys(ZONE).tick_lock)
        at_once([partial(environment.matcher.run, Tick(zone=ZONE)) for environment in environments])

    assert [list(zone.offers(trip).values()) for trip in trips] == [["open"]] * 8
    assert sorted(len(zone.offered(driver)) for driver in drivers) == [1] * 8
