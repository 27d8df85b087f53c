"""What must hold once failures have stopped and two hours have passed: everything has ended, and nobody waits for a person.

An order that failed is at an end too: its state says that the rider owes, and an operator can see and do something.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg

from simulation.faults import reference
from simulation.faults.functions import Functions
from simulation.faults.oracle import Facts, Oracle, Violation
from simulation.faults.sagas import Sagas

_ENDED_ORDERS = frozenset({"settled", "cancelled", "refunded"})
_LEFT = {
    "the outbox is empty": "select count(*), min(type) from outbox",
    "every stored webhook is handled": "select count(*), min(type) from {events} where handled_at is null",
    "no request of a driver is open": "select count(*), min(trip_id::text) from match_requests where closed_at is null",
}


def at_the_end(
    facts: Facts, oracle: Oracle, sagas: Sagas, functions: Functions, connection: psycopg.Connection[Any], events: str
) -> Iterator[Violation]:
    """What has not ended. `events` is the table of stored webhooks."""
    for trip_id, trip in facts.trips.items():
        ride = oracle.rides.get(trip_id)
        known, orders = oracle.ended(trip), [order for order in facts.orders if order["trip_id"] == trip_id]
        owed, captured = reference.owed(known), facts.captured(trip_id)
        has_failed = any(order["state"] == "failed" and order["given_up"] for order in orders)
        if trip["state"] in reference.GOES_ON:
            yield Violation("every trip ends", ride, trip["state"])
        elif trip["settled_at"] is None and trip["state"] != "payment_failed":
            yield Violation("every trip is settled", ride, trip["state"])
        if any(intent["status"] == "requires_capture" for intent in facts.intents.get(trip_id, ())):
            states = ", ".join(order["state"] for order in orders)
            rule = "a hold whose capture was given up is released" if has_failed else "no hold outlives its trip"
            yield Violation(rule, ride, f"{trip['state']}, orders {states}")
        for order in orders:
            if order["state"] == "captured":
                yield Violation("a capture is confirmed", ride, order["kind"])
            elif order["state"] not in _ENDED_ORDERS and not order["given_up"]:
                yield Violation("every order ends", ride, f"{order['kind']} is {order['state']}")
        if owed and captured != owed and not has_failed and trip["state"] != "payment_failed":
            yield Violation("what is owed is paid, or known to be owed", ride, f"{captured} of {owed}")
        dues = facts.books.get(trip_id, {}).get("rider_dues", 0)
        if dues + captured != owed:
            yield Violation("what is owed and not paid is a debt in the books", ride, f"{dues} + {captured} of {owed}")
        if facts.clearing.get(trip_id) and not any(order["state"] == "captured" for order in orders):
            yield Violation("clearing accounts come back to zero", ride, str(facts.clearing[trip_id]))
        if facts.open_holds.get(trip_id) and not has_failed:
            yield Violation("every reserved hold is resolved in the books", ride, trip["state"])
    for execution in sagas.running():
        yield Violation("every saga ends", None, f"{execution.machine} {execution.edges[-1:]}")
    for rule, statement in _LEFT.items():
        row = connection.execute(statement.format(events=events).encode()).fetchone()
        if row is not None and row[0]:
            yield Violation(rule, None, f"{row[0]}: {row[1]}")
    for name, body in functions.dead:
        yield Violation("no message is given up", None, f"{name}: {body.get('detail-type')}")
