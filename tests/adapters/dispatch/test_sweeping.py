from datetime import timedelta
from typing import Any

import pytest

from rideflow.dispatch.messages import Tick
from rideflow.supply.keys import ZoneKeys
from tests.adapters.dispatch.zone import Zone
from tests.adapters.supply.street import ZONE


def test_where_somebody_waits_a_tick_is_asked_for(zone: Zone) -> None:
    zone.rider_waits()
    zone.ticks.take()
    zone.street.redis.flushall()

    assert zone.here.requests.sweep() == 0

    assert [message.zone for message, _ in zone.ticks.take()] == [ZONE]


def test_where_nobody_waits_no_tick_is_asked_for(zone: Zone) -> None:
    zone.here.requests.sweep()

    assert zone.ticks.take() == []


def test_offers_whose_end_was_lost_are_ended(zone: Zone) -> None:
    driver, trip = zone.street.driver_at(100), zone.rider_waits()
    zone.tick()
    zone.street.passes(20)
    zone.reports(driver)

    zone.here.requests.sweep()

    assert zone.offers(trip) == {driver: "expired"}
    assert len(zone.street.free()) == 1


def test_an_offer_that_outlived_its_request_is_ended_where_nobody_waits(zone: Zone) -> None:
    driver, trip = zone.street.driver_at(100), zone.rider_waits()
    zone.tick()
    zone.street.rows("update match_requests set closed_at = %s, outcome = 'cancelled'", zone.street.now)
    zone.street.passes(20)
    zone.reports(driver)

    zone.here.requests.sweep()

    assert zone.offers(trip) == {driver: "expired"}


def test_a_request_that_its_saga_did_not_end_is_given_up(zone: Zone) -> None:
    trip = zone.rider_waits()
    zone.street.passes(329)
    assert zone.here.requests.sweep() == 0
    zone.street.passes(2)

    assert zone.here.requests.sweep() == 1

    assert zone.trip(trip)["state"] == "no_driver_found"
    assert zone.request(trip)["outcome"] == "no_driver_found"
    assert zone.here.requests.sweep() == 0


def test_a_request_of_a_trip_that_ended_unheard_of_is_closed(zone: Zone) -> None:
    trip = zone.rider_waits()
    zone.here.trips.cancel(zone.trip(trip)["rider_id"], trip, None)
    zone.street.passes(331)

    zone.here.requests.sweep()

    assert zone.request(trip)["closed_at"] is not None
    assert zone.trip(trip)["state"] == "cancelled"


def test_a_tick_while_a_store_is_down_comes_again_soon_and_then_every_four_seconds(
    zone: Zone, monkeypatch: pytest.MonkeyPatch
) -> None:
    zone.rider_waits()
    zone.ticks.take()

    def down(*_args: Any, **_more: Any) -> Any:
        from redis.exceptions import ConnectionError as RedisConnectionError

        raise RedisConnectionError("down")

    monkeypatch.setattr(zone.street.redis, "execute_command", down)

    tick, delays = Tick(zone=ZONE), []
    for _ in range(6):
        zone.here.matcher.run(tick)
        ((tick, delay),) = zone.ticks.take()
        delays.append(delay // timedelta(seconds=1))

    assert delays == [1, 2, 4, 4, 4, 4]
    monkeypatch.undo()
    driver = zone.street.driver_at(100)
    zone.here.matcher.run(tick)
    assert len(zone.offered(driver)) == 1


def test_a_reservation_ends_by_itself(zone: Zone) -> None:
    driver = zone.street.driver_at(100)
    zone.rider_waits()
    zone.tick()
    assert zone.street.redis.zscore(ZoneKeys(ZONE).reserved, str(driver)) is not None
    zone.street.passes(15)

    zone.reports(driver)

    assert len(zone.street.free()) == 1
