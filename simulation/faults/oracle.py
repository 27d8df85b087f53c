"""What must hold after every step, by the reference model: per trip and order, never by totals.

The facts are read from PostgreSQL's committed rows and from the double's objects. What the product said of itself
counts for nothing. A rule has a name, by which its violations are counted, listed as known, and printed.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

import psycopg

from rideflow.markets.wiring import markets
from simulation.faults import reference
from simulation.faults.provider import Object
from simulation.faults.reference import EndedTrip, Terms

type Row = dict[str, Any]

_TRIPS = """
    select
        id, rider_id, driver_id, state, market, quoted_amount_minor, cancel_verdict, cancellation_fee_minor, settled_at,
        cancel_reason = 'payment_not_confirmed' as was_not_confirmed, ended_at
    from trips order by id
"""
_ORDERS = """
    select id, trip_id, kind, state, amount_minor, held_minor, captured_minor, given_up_at is not null as given_up,
        carried_to, updated_at
    from payment_orders order by trip_id, kind desc
"""
_BOOKS = """
    select orders.trip_id, account.kind, account.owner_id, account.is_clearing, journal.cause_id as order_id,
        sum(entry.amount_minor)::bigint as minor
    from ledger_entries as entry
    join ledger_journals as journal on journal.id = entry.journal_id
    join ledger_accounts as account on account.id = entry.account_id
    join payment_orders as orders on orders.id = journal.cause_id
    where entry.phase = 'posted' and journal.cause_type = 'order'
    group by 1, 2, 3, 4, 5
    order by 1, 2, 3, 5
"""
_OPEN_HOLDS = """
    select orders.trip_id, count(*) as holds
    from ledger_open_journals as open
    join ledger_journals as journal on journal.id = open.journal_id
    join payment_orders as orders on orders.id = journal.cause_id
    group by 1
"""
_RECEIPTS = "select order_id, trip_id, amount_minor, charged_minor from receipts"
_KEPT_SECRETS = """
    select action.trip_id from payer_actions as action join payment_orders as orders on orders.id = action.order_id
    where orders.state <> 'pending'
"""
_STATEMENT = f"""
    select
        (select coalesce(jsonb_agg(to_jsonb(each)), '[]') from ({_TRIPS}) each) as trips,
        (select coalesce(jsonb_agg(to_jsonb(each)), '[]') from ({_ORDERS}) each) as orders,
        (select coalesce(jsonb_agg(to_jsonb(each)), '[]') from ({_BOOKS}) each) as books,
        (select coalesce(jsonb_agg(to_jsonb(each)), '[]') from ({_OPEN_HOLDS}) each) as holds,
        (select coalesce(jsonb_agg(to_jsonb(each)), '[]') from ({_RECEIPTS}) each) as receipts,
        (select coalesce(jsonb_agg(to_jsonb(each)), '[]') from ({_KEPT_SECRETS}) each) as secrets
"""  # noqa: S608 - constants
_AT_OUR_SIDE = {"stripe_captures", "stripe_balance"}
"""The accounts of what the provider has taken, confirmed or not."""

_MAY_BE_CONFIRMED = ("requires_action", "requires_confirmation", "requires_capture")


class Violation(NamedTuple):
    """A rule that does not hold, of which ride, and what was found instead."""

    rule: str
    ride: int | None
    found: str


@dataclass
class Facts:
    """The committed state of a moment. `intents` are the provider's, by the trip of their metadata."""

    trips: dict[str, Row]
    orders: list[Row]
    books: dict[str, Counter[str]]
    clearing: dict[str, int]
    open_holds: dict[str, int]
    receipts: list[Row]
    intents: dict[str, list[Object]]
    kept_secrets: set[str] = field(default_factory=set)
    """Trips whose payer's client secret is kept although their order is not pending any more."""

    @classmethod
    def read(cls, connection: psycopg.Connection[Any], intents: Sequence[Object]) -> Facts:
        row = connection.execute(_STATEMENT.encode()).fetchone()
        assert row is not None
        trips, orders, books, holds, receipts, secrets = row
        by_trip: dict[str, list[Object]] = defaultdict(list)
        for intent in intents:
            by_trip[intent["metadata"].get("trip_id", "")].append(intent)
        sums: dict[str, Counter[str]] = defaultdict(Counter)
        clearing: Counter[str] = Counter()
        for each in books:
            kind = "taken" if each["kind"] in _AT_OUR_SIDE else each["kind"]
            sums[each["trip_id"]][kind] += each["minor"]
            if each["is_clearing"]:
                clearing[each["trip_id"]] += abs(each["minor"])
        return cls(
            {trip["id"]: trip for trip in trips}, orders, sums, clearing,
            {each["trip_id"]: each["holds"] for each in holds}, receipts, by_trip,
            {each["trip_id"] for each in secrets},
        )  # fmt: skip

    def captured(self, trip_id: str) -> int:
        return sum(intent["amount_received"] for intent in self.intents.get(trip_id, ()))

    def taken_along(self, trip_id: str) -> list[str]:
        """The earlier trips whose small amounts were given to this trip's capture."""
        own = {order["id"] for order in self.orders if order["trip_id"] == trip_id}
        return [order["trip_id"] for order in self.orders if order["carried_to"] in own]


@dataclass
class Oracle:
    """Compares the facts with the reference. `rides` are the rides' numbers by their trips."""

    rides: dict[str, int]
    found: dict[Violation, None] = field(default_factory=dict)
    transitions: set[tuple[str, str]] = field(default_factory=set)
    """Transitions of orders, as they were seen."""
    trip_transitions: set[tuple[str, str]] = field(default_factory=set)
    order_states: dict[str, str] = field(default_factory=dict)
    """The state in which each order was seen last."""
    _trip_states: dict[str, str] = field(default_factory=dict)
    _terms: dict[str, Terms] = field(default_factory=dict)

    def look(self, facts: Facts) -> list[Violation]:
        """Check every rule; returns the violations that are new."""
        seen = (*self._moved(facts), *self.of_moment(facts))
        new = [each for each in seen if each not in self.found]
        self.found.update(dict.fromkeys(new))
        return new

    def ended(self, trip: Row) -> EndedTrip:
        """What the reference knows of a trip."""
        market = trip["market"]
        if market not in self._terms:
            known = markets().named(market)
            terms, rules = known.terms, known.rules.cancellation
            self._terms[market] = Terms(
                Decimal(terms.hold_margin), Decimal(terms.driver_share), rules.cancellation_fee_minor,
                reference.LEAST_CHARGES_MINOR[known.currency],
            )  # fmt: skip
        return EndedTrip(
            trip["state"], trip["quoted_amount_minor"], trip["cancel_verdict"] == "rider",
            trip["driver_id"] is not None, self._terms[market],
        )  # fmt: skip

    def of_moment(self, facts: Facts) -> Iterator[Violation]:
        """Every rule about a state; none about how it was reached, which only one who sees each commit can tell."""
        for trip_id, trip in facts.trips.items():
            for rule, found in self._of_trip(facts, trip_id, trip):
                yield Violation(rule, self.rides.get(trip_id), found)

    def _of_trip(self, facts: Facts, trip_id: str, trip: Row) -> Iterator[tuple[str, str]]:
        known, intents = self.ended(trip), facts.intents.get(trip_id, [])
        orders = [order for order in facts.orders if order["trip_id"] == trip_id]
        captured, owed = facts.captured(trip_id), reference.owed(known)
        holds = [intent for intent in intents if intent["status"] == "requires_capture"]
        along = self._along(facts, trip_id)
        if captured > owed + along:
            yield "nobody is charged more than they owe", f"{captured} of {owed + along}"
        if sum(intent["amount_received"] > 0 for intent in intents) > 1:
            yield "a trip is captured once", str(captured)
        if len(holds) > 1:
            yield "an order holds once", f"{len(holds)} holds"
        if any(intent["amount"] != reference.held(known) for intent in holds):
            yield "a hold is the quote times the margin", str([intent["amount"] for intent in holds])
        if trip["state"] in reference.HELD and not holds:
            yield "nobody is driven without a hold", trip["state"]
        if trip["state"] == "paid" and captured != reference.paid(known, along):
            yield "a paid trip was paid", f"{captured} of {reference.paid(known, along)}"
        if trip["cancellation_fee_minor"] not in (0, owed) and trip["state"] == "cancelled":
            yield "a cancellation costs the market's fee", str(trip["cancellation_fee_minor"])
        for order in orders:
            yield from self._of_order(facts, order, captured, owed)
        yield from self._of_small(facts, trip)
        yield from self._of_payer(facts, trip, intents)
        yield from self._of_books(facts.books.get(trip_id), known, captured)
        if facts.open_holds.get(trip_id, 0) > 1:
            yield "a hold is reserved once in the books", str(facts.open_holds[trip_id])

    def _of_order(self, facts: Facts, order: Row, captured: int, owed: int) -> Iterator[tuple[str, str]]:
        is_captured = order["state"] in ("captured", "settled", "refunded")
        receipts = [each for each in facts.receipts if each["order_id"] == order["id"]]
        if order["captured_minor"] and order["captured_minor"] != captured:
            yield "a booked capture is the provider's", f"{order['captured_minor']}, there {captured}"
        if is_captured and order["captured_minor"] != captured:
            yield "an order says captured when it is", f"{order['state']} with {captured}"
        said = [(each["amount_minor"], each["charged_minor"]) for each in receipts]
        if said != ([(owed, order["captured_minor"])] if is_captured or order["state"] == "carried" else []):
            yield "a captured order has one receipt", f"{order['state']}, receipts {said}"
        if order["given_up"] and order["state"] == "processing":
            yield "what was given up is not captured again", order["kind"]
        if order["state"] == "held" and not facts.open_holds.get(order["trip_id"]):
            yield "what is held is reserved in the books", order["kind"]
        if order["captured_minor"] > order["held_minor"]:
            yield "no more than the hold is captured", str(order["captured_minor"])

    def _along(self, facts: Facts, trip_id: str) -> int:
        """What this trip's capture takes along of the rider's earlier trips."""
        return sum(reference.owed(self.ended(facts.trips[each])) for each in facts.taken_along(trip_id))

    def _of_small(self, facts: Facts, trip: Row) -> Iterator[tuple[str, str]]:
        for each in (facts.trips[trip_id] for trip_id in facts.taken_along(trip["id"])):
            if each["rider_id"] != trip["rider_id"] or not reference.is_small(self.ended(each)):
                yield "a small amount is taken along by its own rider", each["id"]

    def _of_payer(self, facts: Facts, trip: Row, intents: list[Object]) -> Iterator[tuple[str, str]]:
        """A payer is asked while the trip is requested, and never after they were told that their time is over."""
        if trip["was_not_confirmed"] and any(each["status"] in _MAY_BE_CONFIRMED for each in intents):
            yield "nobody confirms what was rejected", str([each["status"] for each in intents])
        if trip["id"] in facts.kept_secrets:
            yield "a payer's secret is forgotten with the wait for them", trip["state"]

    def _of_books(self, sums: Counter[str] | None, known: EndedTrip, captured: int) -> Iterator[tuple[str, str]]:
        posted = {kind: minor for kind, minor in (sums or {}).items() if minor}
        if not posted:
            return
        if sum(posted.values()):
            yield "the books of a trip balance", json.dumps(posted)
        want = reference.books(known, posted.get("taken", 0))
        wanted = {
            "taken": want.taken, "driver_payable": want.driver_payable, "platform_revenue": want.platform_revenue,
            "rider_dues": want.rider_dues,
        }  # fmt: skip
        if posted != {kind: minor for kind, minor in wanted.items() if minor}:
            yield "the books are the reference's", json.dumps(posted)
        if posted.get("taken", 0) not in (0, captured):
            yield "the books say taken when it is", f"{posted.get('taken')} of {captured}"

    def _moved(self, facts: Facts) -> Iterator[Violation]:
        """Note what changed; yields the changes of orders that the reference does not have."""
        for order in facts.orders:
            before, state = self.order_states.get(order["id"], "new"), order["state"]
            if before == state:
                continue
            self.transitions.add((before, state))
            self.order_states[order["id"]] = state
            if state not in reference.MOVES.get(before, ()):
                yield Violation("an order moves on", self.rides.get(order["trip_id"]), f"{before} → {state}")
        for trip_id, trip in facts.trips.items():
            was = self._trip_states.get(trip_id)
            if was != trip["state"]:
                self.trip_transitions.add((was or "new", trip["state"]))
                self._trip_states[trip_id] = trip["state"]
