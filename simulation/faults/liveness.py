"""What must hold once failures have stopped and two hours have passed: everything has ended, and nobody waits for a person.

An order that failed is at an end too: its state says that the rider owes, and an operator can see and do something.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import psycopg

from simulation.faults import reference
from simulation.faults.functions import Functions
from simulation.faults.oracle import Facts, Oracle, Violation
from simulation.faults.people import Ride
from simulation.faults.sagas import Sagas

_ENDED_ORDERS = frozenset({"settled", "cancelled", "refunded"})
_LEFT = {
    "the outbox is empty": "select count(*), min(type) from outbox",
    "every stored webhook is handled": "select count(*), min(type) from {events} where handled_at is null",
    "no request of a driver is open": "select count(*), min(trip_id::text) from match_requests where closed_at is null",
}
_ENDS: Mapping[str, str] = {
    "completed": "paid", "declined_then_taken": "paid", "handed_back": "paid", "nobody_found": "no_driver_found",
}  # fmt: skip
"""How rides end whose people want them to be driven, if nothing fails; others are cancelled."""


def unwanted(facts: Facts, people: Sequence[Ride], *, is_calm: bool) -> Iterator[Violation]:
    """Rides that ended otherwise than anybody wanted, without a reason.

    A bank that would pay is not given up while its hold is there. In a calm run every ride goes its way.
    """
    for ride in people:
        trip = facts.trips.get(str(ride.trip_id))
        if trip is None:
            continue
        has_hold = any(each["status"] == "requires_capture" for each in facts.intents.get(str(ride.trip_id), ()))
        if trip["state"] == "payment_failed" and has_hold and ride.captures is None:
            yield Violation("a bank that would pay is asked again", ride.number, trip["state"])
        if is_calm and ride.card == "pm_card_visa" and trip["state"] != _ENDS.get(ride.way, "cancelled"):
            yield Violation("a calm ride goes its way", ride.number, f"{ride.way}: {trip['state']}")


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
