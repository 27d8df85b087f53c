"""A request in trouble does not keep the others of its zone, or the sweep, from what they need (ADR 112)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from rideflow.dispatch.zones import Zones
from rideflow.kernel.redis import RedisUnavailableError
from rideflow.operations.zones import OperatorZones
from rideflow.trips.errors import TripBusyError
from rideflow.trips.model import Trip
from rideflow.trips.service import Trips
from tests.adapters.dispatch.places import break_keys
from tests.adapters.dispatch.zone import Zone
from tests.adapters.supply.street import ZONE
from tests.market_data import DEPLOYED


@pytest.mark.parametrize("needs", ['{"quiet": true}', "[]"], ids=["of newer code", "broken"])
def test_a_request_whose_needs_nobody_understands_is_left_out_of_the_tick(zone: Zone, needs: str) -> None:
    """To match it as if it needed nothing would send the wrong car; the others are matched."""
    drivers = [zone.street.driver_at(metres) for metres in (100, 200)]
    strange, other = zone.rider_waits(), zone.rider_waits()
    zone.street.rows("update match_requests set needs = %s where trip_id = %s", needs, strange)

    zone.tick()

    assert (zone.offers(strange), zone.offers(other)) == ({}, {drivers[0]: "open"})


def test_a_zone_whose_strategy_this_code_does_not_know_takes_no_other_from_the_list(zone: Zone) -> None:
    zone.strategy("joint")
    zone.street.rows("alter table zone_strategies drop constraint zone_strategies_strategy_check")
    zone.street.rows("update zone_strategies set strategy = 'auction'")

    database, clock = zone.here.database, zone.street.clock
    listed = OperatorZones(Zones(database, zone.street.markets, clock), database, clock).all()

    assert [each.zone_id for each in listed] == [each for each in DEPLOYED.zone_ids if each != "sf-bay"]


@pytest.mark.parametrize("step", ["keep_promise", "expire", "give_up"])
def test_one_in_trouble_keeps_the_sweep_from_nothing_else(
    zone: Zone, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    requests, done = zone.here.requests, list[object]()

    def does(name: str) -> Callable[..., None]:
        def do(row: object, *_: object) -> None:
            if name == step and row == "first":
                raise RuntimeError
            done.append((name, row))

        return do

    offers = type(requests.offers)
    for name in ("living", "promises_due", "zones_waiting", "overdue"):
        monkeypatch.setattr(offers, name, lambda *_: ["first", "second"])
    broken = replace(requests, keep_promise=does("keep_promise"))
    monkeypatch.setattr(type(requests), "expire", lambda _, row: does("expire")(row))
    monkeypatch.setattr(type(requests), "give_up", lambda _, row, __: does("give_up")(row))

    assert broken.sweep() == 2

    everything = [(name, row) for name in ("keep_promise", "expire", "give_up") for row in ("first", "second")]
    assert done == [each for each in everything if each != (step, "first")]


@pytest.mark.parametrize("step", ["keep_promise", "expire", "give_up"])
def test_a_store_that_does_not_answer_for_one_keeps_the_sweep_from_nothing_else(
    zone: Zone, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """Each zone has its own part of Redis, and a trip may be changed by others over and over."""
    requests, done = zone.here.requests, list[object]()

    def does(name: str) -> Callable[..., None]:
        def do(row: object, *_: object) -> None:
            if name == step and row == "first":
                raise RedisUnavailableError("Not now.")
            done.append((name, row))

        return do

    offers = type(requests.offers)
    for name in ("promises_due", "zones_waiting", "overdue"):
        monkeypatch.setattr(offers, name, lambda *_: ["first", "second"])
    broken = replace(requests, keep_promise=does("keep_promise"))
    monkeypatch.setattr(type(requests), "expire", lambda _, row: does("expire")(row))
    monkeypatch.setattr(type(requests), "give_up", lambda _, row, __: does("give_up")(row))

    with pytest.raises(RedisUnavailableError):
        broken.sweep()

    everything = [(name, row) for name in ("keep_promise", "expire", "give_up") for row in ("first", "second")]
    assert done == [each for each in everything if each != (step, "first")]


def test_an_overdue_trip_is_given_up_while_its_driver_s_zone_does_not_answer(zone: Zone) -> None:
    """Else its request would be closed and nobody would come back to it."""
    driver, trip = zone.street.driver_at(100), zone.rider_waits()
    zone.tick()
    zone.street.rows("update offers set expires_at = %s", zone.street.now + timedelta(hours=1))
    zone.street.passes(331)
    break_keys(zone, ZONE)

    assert zone.here.requests.sweep() == 1

    assert zone.offers(trip) == {driver: "withdrawn"}
    assert zone.trip(trip)["state"] == "no_driver_found"


def test_a_trip_that_others_keep_changing_is_no_failure_of_the_sweep(
    zone: Zone, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy, other = zone.rider_waits(), zone.rider_waits()
    zone.street.passes(331)
    give_up = type(zone.here.trips).give_up

    def contended(trips: Trips, trip_id: UUID) -> Trip:
        if trip_id == busy:
            raise TripBusyError("The trip is being changed by others; please try again.")
        return give_up(trips, trip_id)

    monkeypatch.setattr(type(zone.here.trips), "give_up", contended)

    assert zone.here.requests.sweep() == 2

    assert zone.trip(other)["state"] == "no_driver_found"
