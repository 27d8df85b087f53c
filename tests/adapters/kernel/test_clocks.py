"""TR8: no state without a clock. The states are read from the tables' own constraints."""

import importlib
import re
from typing import get_args

import psycopg
import pytest

from rideflow.kernel.clocks import CLOCKS
from rideflow.payments.model import OrderState
from rideflow.trips.model import TripState
from rideflow.trips.scheduled.model import RideState
from tests.adapters.dispatch import test_clocks as dispatch_clocks
from tests.adapters.payments import test_clocks as payments_clocks
from tests.adapters.trips import test_clocks as trips_clocks

COLUMNS = {
    "trips": ("trips", "state"),
    "requests": ("match_requests", "outcome"),
    "offers": ("offers", "state"),
    "scheduled rides": ("scheduled_rides", "state"),
    "orders": ("payment_orders", "state"),
}
NOT_A_VALUE = {"requests": {"open"}}
"""A request is open while it has no outcome."""


@pytest.mark.parametrize("aggregate", COLUMNS)
def test_every_state_that_a_table_allows_has_its_clock_or_is_the_last_one(database_url: str, aggregate: str) -> None:
    table, column = COLUMNS[aggregate]
    with psycopg.connect(database_url) as connection:
        checks = connection.execute(
            "select pg_get_constraintdef(oid) from pg_constraint where conrelid = %s::regclass and contype = 'c'",
            [table],
        ).fetchall()
    # Some checks relate a few of the states to other columns; the check of all states is the longest list.
    lists = [set(re.findall(r"'(\w+)'::text", check)) for (check,) in checks if f"({column} = ANY" in check]
    allowed = max(lists, key=len)

    assert allowed
    assert {clock.state for clock in CLOCKS if clock.aggregate == aggregate} == allowed | NOT_A_VALUE.get(
        aggregate, set()
    )


def test_the_enums_are_those_of_the_tables() -> None:
    states = {clock.aggregate: set[str]() for clock in CLOCKS}
    for clock in CLOCKS:
        states[clock.aggregate].add(clock.state)

    assert states["trips"] == set(TripState)
    assert states["orders"] == set(get_args(OrderState))
    assert states["scheduled rides"] == set(RideState)


def test_every_clock_is_wound_by_a_function_and_proved_by_a_test() -> None:
    running = [clock for clock in CLOCKS if clock.after is not None]
    proved = [*trips_clocks.HERE, *payments_clocks.HERE, *dispatch_clocks.HERE]

    assert sorted(running) == sorted(proved)
    for clock in running:
        documented = str(importlib.import_module(f"functions.{clock.by}").__doc__)
        if clock.by == "trips.list_stuck_trips":  # this list is computed at each read
            assert clock.then == "in the operators' list"
        else:
            assert "Runs: every" in documented or "Consumes:" in documented


def test_a_last_state_has_a_reason_and_no_clock() -> None:
    last = [clock for clock in CLOCKS if clock.after is None]

    assert all(clock.then and not clock.by for clock in last)
    assert {clock.state for clock in last} >= {"paid", "cancelled", "settled", "withdrawn"}
