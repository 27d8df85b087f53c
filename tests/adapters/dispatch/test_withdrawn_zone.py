"""What becomes of riders who wait, and of offers, in a zone that a deploy has taken away (ADR 125)."""

from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from rideflow.dispatch.requests import OVERDUE_AFTER
from rideflow.markets.errors import MarketWithdrawnError
from rideflow.markets.model import Markets
from rideflow.operations.offers import DispatchTrip
from rideflow.supply.model import PlacedDriver
from tests.adapters.dispatch.zone import PATIENCE, Zone
from tests.new_york import new_york_alone


@pytest.fixture
def elsewhere(tmp_path: Path) -> Markets:
    return new_york_alone(tmp_path)


def test_a_tick_of_the_zone_matches_nobody_and_asks_for_no_other(zone: Zone, elsewhere: Markets) -> None:
    zone.street.driver_at(100)
    trip = zone.rider_waits()
    zone.is_deployed_with(elsewhere)
    zone.ticks.take()

    zone.tick()

    assert zone.offers(trip) == {}
    assert zone.ticks.sent == []


def test_its_riders_are_told_when_their_patience_ends(zone: Zone, elsewhere: Markets) -> None:
    driver = zone.street.driver_at(100)
    trips = [zone.rider_waits(), zone.rider_waits()]
    zone.tick()
    zone.is_deployed_with(elsewhere)

    zone.street.passes((PATIENCE + OVERDUE_AFTER + timedelta(seconds=1)).total_seconds())
    assert zone.here.requests.sweep() == 2

    assert [zone.trip(trip)["state"] for trip in trips] == ["no_driver_found"] * 2
    assert zone.offers(trips[0]) | zone.offers(trips[1]) == {driver: "expired"}
    told = [event["detail"]["trip_id"] for event in zone.street.bus.events if event["type"] == "NoDriverFound"]
    assert sorted(told) == sorted(map(str, trips))


def test_a_live_offer_can_be_declined(zone: Zone, elsewhere: Markets) -> None:
    driver = zone.street.driver_at(100)
    trip = zone.rider_waits()
    zone.tick()
    zone.is_deployed_with(elsewhere)

    zone.here.offer_responses.decline(driver, trip)

    assert zone.offers(trip) == {driver: "declined"}


def test_a_live_offer_can_be_accepted(zone: Zone, elsewhere: Markets) -> None:
    driver = zone.street.driver_at(100)
    trip = zone.rider_waits()
    zone.tick()
    zone.is_deployed_with(elsewhere)

    assert zone.here.offer_responses.accept(driver, trip) is True

    zone.here.requests.driver_assigned(trip, driver)
    assert zone.trip(trip)["state"] == "driver_assigned"
    assert zone.saga == [(f"token-{trip}", "assigned")]


def test_a_withdrawn_zone_keeps_no_driver_of_another_one_reserved(zone: Zone, elsewhere: Markets) -> None:
    street, here = zone.street, PlacedDriver(zone.street.driver_at(100), "sf-bay")
    zone.here.reservations.reserve(here, street.now + timedelta(seconds=60))
    assert street.free() == []

    gone = PlacedDriver(uuid4(), "atlantis")
    zone.here.reservations.reserve(gone, street.now)
    zone.here.reservations.release([gone, here], street.now)

    assert street.free() == [100]


def test_an_operator_is_told_why_the_trip_cannot_be_offered(zone: Zone, elsewhere: Markets) -> None:
    driver, operator = zone.street.driver_at(100), uuid4()
    trip = zone.rider_waits()
    zone.is_deployed_with(elsewhere)
    wanted = DispatchTrip(driver_id=driver, reason="nobody else")

    with pytest.raises(MarketWithdrawnError):
        zone.here.manual.offer(operator, trip, wanted, "key-1")

    (action,) = zone.street.rows("select outcome from operator_actions where operator_id = %s", operator)
    assert action["outcome"] == "market_withdrawn"
