"""Every row of the table of timeouts that dispatch enforces: requests and offers."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from rideflow.dispatch.model import PROMISE_KEPT_FOR
from rideflow.dispatch.requests import OVERDUE_AFTER
from rideflow.kernel.state_timeouts import STATE_TIMEOUTS, Timeout
from tests.adapters.dispatch.zone import PATIENCE, Zone
from tests.market_data import SAN_FRANCISCO

type States = tuple[str, str]
"""The state a second before the row's time, and at it."""

HERE = [timeout for timeout in STATE_TIMEOUTS if timeout.by.startswith("dispatch")]


def _given_up(zone: Zone, after: timedelta) -> States:
    trip_id = zone.rider_waits()
    zone.street.passes((PATIENCE + after).total_seconds() - 1)
    assert zone.here.requests.sweep() == 0
    early = zone.trip(trip_id)["state"]
    zone.street.passes(2)
    assert zone.here.requests.sweep() == 1
    assert zone.request(trip_id)["outcome"] == "no_driver_found"
    return early, zone.trip(trip_id)["state"]


def _expired(zone: Zone, after: timedelta) -> States:
    driver_id, trip_id = zone.street.driver_at(100), zone.rider_waits()
    zone.tick()
    zone.street.passes(after.total_seconds() - 1)
    zone.here.requests.sweep()
    early = zone.offers(trip_id)[driver_id]
    zone.street.passes(1)
    zone.here.requests.sweep()
    return early, zone.offers(trip_id)[driver_id]


def _promise_lapsed(zone: Zone, after: timedelta) -> States:
    driver_id, trip_id = zone.street.driver_at(100), zone.rider_waits()
    zone.tick()
    in_hand = zone.street.trip("in_progress", driver_id=driver_id)
    zone.street.rows(
        "update offers set state = 'promised', after_trip_id = %s, free_at = %s, expires_at = %s",
        in_hand,
        zone.street.now,
        zone.street.now + after,
    )
    zone.street.passes(after.total_seconds() - 1)
    zone.here.requests.sweep()
    early = zone.offers(trip_id)[driver_id]
    zone.street.passes(1)
    zone.here.requests.sweep()
    return early, zone.offers(trip_id)[driver_id]


CASES: dict[tuple[str, str], tuple[Callable[[Zone, timedelta], States], States]] = {
    ("requests", "open"): (_given_up, ("matching", "no_driver_found")),
    ("offers", "open"): (_expired, ("open", "expired")),
    ("offers", "promised"): (_promise_lapsed, ("promised", "expired")),
}


@pytest.mark.parametrize("timeout", HERE, ids=lambda timeout: f"{timeout.aggregate}-{timeout.state}")
def test_a_state_that_lasts_too_long_is_ended_at_its_time(zone: Zone, timeout: Timeout) -> None:
    run, states = CASES[timeout.aggregate, timeout.state]

    assert run(zone, timeout.after or timedelta(0)) == states


def test_the_times_are_those_of_the_code() -> None:
    assert {(timeout.aggregate, timeout.state): timeout.after for timeout in HERE} == {
        ("requests", "open"): OVERDUE_AFTER,
        ("offers", "open"): SAN_FRANCISCO.matching.offer_lives,
        ("offers", "promised"): PROMISE_KEPT_FOR,
    }
