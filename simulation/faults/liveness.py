"""What must hold once failures have stopped and two hours have passed: everything has ended.

An order that failed is at an end too: its state says that the rider owes, and an operator can see and do something.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg

from simulation.faults import reference
from simulation.faults.functions import Functions
from simulation.faults.oracle import Facts, Oracle, Row, Violation
from simulation.faults.payers import WANTS_HOLDER
from simulation.faults.people import Ride
from simulation.faults.sagas import Sagas

_ENDED_ORDERS = frozenset({"settled", "cancelled", "refunded", "carried"})
"""What was carried waits for the rider's next ride, which may never come."""
_LEFT = {
    "the outbox is empty": "select count(*), min(type) from outbox",
    "every stored webhook is handled": "select count(*), min(type) from stripe_events where handled_at is null",
    "no request of a driver is open": "select count(*), min(trip_id::text) from match_requests where closed_at is null",
}
_NOT_WORTH_A_RETRY = frozenset({
    "PaymentDeclinedError", "DeclinedForGoodError", "PaymentNotConfirmedError", "PayerNotAskedError", "HoldGoneError",
    "AmountTooSmallError", "ProviderRefusedError",
})  # fmt: skip
"""Errors of a workflow's step after which the same request would get the same answer."""
_ENDS: Mapping[str, str] = {
    "completed": "paid", "declined_then_taken": "paid", "handed_back": "paid",
    "handed_back_at_pickup": "paid", "nobody_found": "no_driver_found",
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
        if is_calm and trip["state"] not in _ends(ride):
            yield Violation("a calm ride goes its way", ride.number, f"{ride.way}: {trip['state']}")


def _ends(ride: Ride) -> set[str]:
    """How the ride may end if nothing fails. A payer who is late may come just in time."""
    as_wanted = _ENDS.get(ride.way, "cancelled")
    if ride.card == WANTS_HOLDER and ride.answer != "confirms":
        return {"cancelled", as_wanted} if ride.answer == "is_late" else {"cancelled"}
    return {as_wanted} if ride.card in ("pm_card_visa", WANTS_HOLDER) else {"cancelled"}


@dataclass(frozen=True)
class Trip:
    """A trip at the end, with what the reference says that it owes and what the provider has taken."""

    id: str
    ride: int | None
    row: Row
    orders: list[Row]
    owed: int
    to_be_paid: int
    """What is owed, with what is taken along; 0 if that is too little to be charged."""
    captured: int

    @property
    def has_failed(self) -> bool:
        """Whether its capture was given up: the rider owes, and an operator sees it."""
        return any(order["given_up"] for order in self.orders)


def of_trips(facts: Facts, oracle: Oracle) -> Iterator[Violation]:
    """What has not ended of each trip."""
    for trip_id, row in facts.trips.items():
        orders = [order for order in facts.orders if order["trip_id"] == trip_id]
        ended = oracle.ended(row)
        along = sum(reference.owed(oracle.ended(facts.trips[each])) for each in facts.taken_along(trip_id))
        trip = Trip(
            trip_id, oracle.rides.get(trip_id), row, orders, reference.owed(ended), reference.paid(ended, along),
            facts.captured(trip_id),
        )  # fmt: skip
        for rule, found in (*_of_trip(trip), *_of_holds(facts, trip), *_of_orders(trip), *_of_books(facts, trip)):
            yield Violation(rule, trip.ride, found)


def _of_trip(trip: Trip) -> Iterator[tuple[str, str]]:
    state = trip.row["state"]
    if state in reference.GOES_ON:
        yield "every trip ends", state
    elif trip.row["settled_at"] is None and state != "payment_failed":
        yield "every trip is settled", state
    if trip.owed and trip.captured != trip.to_be_paid and not trip.has_failed and state != "payment_failed":
        yield "what is owed is paid, or known to be owed", f"{trip.captured} of {trip.to_be_paid}"


def _of_holds(facts: Facts, trip: Trip) -> Iterator[tuple[str, str]]:
    states = ", ".join(order["state"] for order in trip.orders)
    if any(intent["status"] == "requires_capture" for intent in facts.intents.get(trip.id, ())):
        rule = "a hold whose capture was given up is released" if trip.has_failed else "no hold outlives its trip"
        yield rule, f"{trip.row['state']}, orders {states}"
    if any(intent["status"] == "requires_action" for intent in facts.intents.get(trip.id, ())):
        yield "no hold waits for a payer for ever", f"{trip.row['state']}, orders {states}"
    if facts.open_holds.get(trip.id) and not trip.has_failed:
        yield "every reserved hold is resolved in the books", trip.row["state"]


def _of_orders(trip: Trip) -> Iterator[tuple[str, str]]:
    for order in trip.orders:
        if order["state"] == "captured":
            yield "a capture is confirmed", order["kind"]
        elif order["state"] not in _ENDED_ORDERS and not order["given_up"]:
            yield "every order ends", f"{order['kind']} is {order['state']}"


def _of_books(facts: Facts, trip: Trip) -> Iterator[tuple[str, str]]:
    dues = facts.books.get(trip.id, Counter())["rider_dues"]
    if dues + trip.captured != trip.owed:
        yield "what is owed and not paid is a debt in the books", f"{dues} + {trip.captured} of {trip.owed}"
    if facts.clearing.get(trip.id) and not any(order["state"] == "captured" for order in trip.orders):
        yield "clearing accounts come back to zero", str(facts.clearing[trip.id])


def of_riders(facts: Facts, oracle: Oracle) -> Iterator[Violation]:
    """A small amount was taken along by the rider's next paid ride that had room for it in its hold.

    Amounts are taken along when a ride's capture is first asked for, so one that was carried after the end of that ride
    may wait for another one.
    """
    waiting = [each for each in facts.orders if each["state"] == "carried" and each["carried_to"] is None]
    for small in waiting:
        trip = facts.trips[small["trip_id"]]
        for later in facts.orders:
            its = facts.trips[later["trip_id"]]
            if later["kind"] != "fare" or its["rider_id"] != trip["rider_id"] or its["state"] != "paid":
                continue
            has_room = (
                later["captured_minor"] and later["held_minor"] - later["captured_minor"] >= small["amount_minor"]
            )
            if has_room and small["updated_at"] < its["ended_at"]:
                yield Violation("the next ride takes a small amount along", oracle.rides.get(its["id"]), trip["id"])


def of_queues(functions: Functions) -> Iterator[Violation]:
    """Messages that were given up: an operator sees them, so they count only where nothing failed for hours."""
    for name, body in functions.dead:
        yield Violation("no message is given up", None, f"{name}: {body.get('detail-type')}")


def of_machinery(sagas: Sagas, functions: Functions, connection: psycopg.Connection[Any]) -> Iterator[Violation]:
    """What has not ended of sagas, queues and tables."""
    for execution in sagas.running():
        yield Violation("every saga ends", None, f"{execution.machine} {execution.edges[-1:]}")
    for execution in sagas.executions.values():
        if execution.releases - {execution.document["release"]}:
            yield Violation("an execution ends with its release", None, f"{execution.machine} {execution.releases}")
    for execution in sagas.executions.values():
        for state, edge, _ in execution.edges:
            if edge.removeprefix("retry ") in _NOT_WORTH_A_RETRY:
                yield Violation("what was refused for good is not tried again", None, f"{state}: {edge}")
    yield from of_tables(connection)
    for name, place in functions.unforeseen:
        yield Violation("a function fails by errors that it knows", None, f"{name}: {place}")


def of_tables(connection: psycopg.Connection[Any]) -> Iterator[Violation]:
    """What is left in tables from which everything goes in the end."""
    for rule, statement in _LEFT.items():
        row = connection.execute(statement.encode()).fetchone()
        if row is not None and row[0]:
            yield Violation(rule, None, f"{row[0]}: {row[1]}")
