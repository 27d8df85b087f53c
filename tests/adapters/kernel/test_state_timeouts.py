"""No state without a timeout. The states are read from the tables' own constraints."""

import importlib
import re
from typing import get_args

import psycopg
import pytest

from rideflow.kernel.state_timeouts import STATE_TIMEOUTS
from rideflow.payments.orders.model import OrderState
from rideflow.trips.model import TripState
from rideflow.trips.scheduled.model import RideState
from tests.adapters.dispatch import test_state_timeouts as dispatch_timeouts
from tests.adapters.payments import test_state_timeouts as payments_timeouts
from tests.adapters.trips import test_state_timeouts as trips_timeouts

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
def test_every_state_that_a_table_allows_has_its_timeout_or_is_the_last_one(database_url: str, aggregate: str) -> None:
    table, column = COLUMNS[aggregate]
    with psycopg.connect(database_url) as connection:
        checks = connection.execute(
            "select pg_get_constraintdef(oid) from pg_constraint where conrelid = %s::regclass and contype = 'c'",
            [table],
        ).fetchall()
    # Some checks tie a few of the states to other columns; the one that lists all of them lists the most.
    lists = [set(re.findall(r"'(\w+)'::text", check)) for (check,) in checks if f"({column} = ANY" in check]
    allowed = max(lists, key=len)

    assert allowed
    assert {timeout.state for timeout in STATE_TIMEOUTS if timeout.aggregate == aggregate} == allowed | NOT_A_VALUE.get(
        aggregate, set()
    )


def test_the_enums_are_those_of_the_tables() -> None:
    states = {timeout.aggregate: set[str]() for timeout in STATE_TIMEOUTS}
    for timeout in STATE_TIMEOUTS:
        states[timeout.aggregate].add(timeout.state)

    assert states["trips"] == set(TripState)
    assert states["orders"] == set(get_args(OrderState))
    assert states["scheduled rides"] == set(RideState)


def test_every_timeout_is_enforced_by_a_function_and_proved_by_a_test() -> None:
    running = [timeout for timeout in STATE_TIMEOUTS if timeout.after is not None]
    proved = [*trips_timeouts.HERE, *payments_timeouts.HERE, *dispatch_timeouts.HERE]

    assert sorted(running) == sorted(proved)
    for timeout in running:
        documented = str(importlib.import_module(f"functions.{timeout.by}").__doc__)
        if timeout.by == "operations.list_stuck_trips":  # the list is made when it is read
            assert timeout.then == "in the operators' list"
        else:
            assert "Runs: every" in documented or "Consumes:" in documented


def test_a_last_state_has_a_reason_and_no_timeout() -> None:
    last = [timeout for timeout in STATE_TIMEOUTS if timeout.after is None]

    assert all(timeout.then and not timeout.by for timeout in last)
    assert {timeout.state for timeout in last} >= {"paid", "cancelled", "settled", "withdrawn"}
