"""The arena of races: processes act simultaneously on real stores, and invariants are read from the database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from operator import attrgetter
from random import Random
from typing import Any
from uuid import UUID, uuid4

import psycopg
from psycopg.rows import DictRow, dict_row

from rideflow.dispatch.model import Promise
from rideflow.kernel.errors import DomainError
from rideflow.kernel.geo import Point
from rideflow.supply.keys import askable
from rideflow.trips.model import ACTIVE, Trip, rebuilt
from tests.adapters.dispatch.places import off, stands
from tests.adapters.payments.stripe_at_hand import StripeAtHand
from tests.adapters.supply.street import CORNER, ZONE, Street
from tests.booked import OUT_OF_BALANCE, TAKEN
from tests.fetching import rows_of
from tests.races.processes import Act, Processes, act, is_an_answer
from tests.races.product import FERRY_BUILDING, Product
from tests.rebuilding import as_logged

ENDED = ("paid", "payment_failed", "no_driver_found", "cancelled")

# Invariants that hold at any time, whoever was quicker.
ALWAYS = {
    "nobody drives two trips":
        "select driver_id from published_active_trips where driver_id is not null"
        " group by driver_id having count(*) > 1",
    "nobody rides two trips":
        "select rider_id from published_active_trips group by rider_id having count(*) > 1",
    "every driver of a trip was asked and accepted":
        "select id from trips where state in ('driver_assigned', 'driver_arrived', 'in_progress', 'completed', 'paid')"
        " and not exists (select from offers where trip_id = trips.id and offers.driver_id = trips.driver_id"
        " and offers.state = 'accepted')",
    "nobody drives while offline":
        "select trip_id from published_active_trips join published_drivers using (driver_id)"
        " where published_active_trips.state <> 'matching' and not online",
    "a closed request has no open offers":
        "select offers.* from offers join match_requests using (trip_id)"
        " where offers.state in ('open', 'promised') and closed_at is not null",
    "every booking is balanced":
        OUT_OF_BALANCE,
    "nothing is charged twice":
        "select provider_ref from payment_orders where captured_minor > 0"
        " group by provider_ref having count(*) > 1",
}  # fmt: skip

# Invariants that hold after all events were consumed.
ALL_HEARD = {
    "no offline driver has an open offer":
        "select offers.* from offers join published_drivers using (driver_id)"
        " where offers.state in ('open', 'promised') and not online",
    "a driver who promised the next trip is on the one before it":
        "select offers.* from offers where state = 'promised' and not exists ("
        " select from published_active_trips as active"
        " where active.trip_id = after_trip_id and active.driver_id = offers.driver_id)",
    "a trip that does not wait has no open request":
        "select id from trips join match_requests on trip_id = id where closed_at is null and state <> 'matching'",
}  # fmt: skip

# Invariants that hold after every trip and every saga has ended.
ALL_ENDED = {
    "every trip has ended":
        f"select id, state from trips where state not in {ENDED}",
    "every trip is settled":
        "select id from trips where settled_at is null and state <> 'payment_failed'",
    "every request is closed":
        "select trip_id from match_requests where closed_at is null",
    "every hold was captured or released":
        "select id, state from payment_orders where state not in ('captured', 'settled', 'cancelled')",
    "every ride is paid":
        "select trips.id from trips left join payment_orders on trip_id = trips.id and kind = 'fare'"
        " where trips.state in ('paid', 'payment_failed')"
        " and (captured_minor is distinct from final_amount_minor or trips.state = 'payment_failed')",
}  # fmt: skip


class Arena(Product):
    """A zone whose trips are made by the product, with complete logs and with money."""

    def __init__(self, street: Street, stripe: StripeAtHand, processes: Processes | None) -> None:
        """Without processes, simultaneous acts are done one after the other."""
        super().__init__(street, stripe.url)
        self.stripe, self.processes = stripe, processes
        self._draw = Random(20)
        self.went: Counter[str] = Counter()
        self._one_after_the_other = self._overlapped = 0
        self._told: set[str] = set()
        self._answered: set[str] = set()
        self._looking: psycopg.Connection[DictRow] = psycopg.connect(
            street.database_url, autocommit=True, row_factory=dict_row
        )

    def close(self) -> None:
        self._looking.close()
        super().close()

    # States in which races begin.

    def rider(self) -> UUID:
        """A rider with a card."""
        rider_id = uuid4()
        customer_id, method_ref = self.stripe.customer_with()
        self.rows(
            "insert into payment_methods (provider, method_ref, rider_id, customer_ref, brand, last4)"
            " values ('stripe', %s, %s, %s, 'visa', '4242')",
            method_ref,
            rider_id,
            customer_id,
        )
        return rider_id

    def waits(self, pickup: Point = CORNER) -> Trip:
        """A rider's trip whose saga waits for a driver."""
        rider_id = self.rider()
        return self.match(self.request_trip(rider_id, self.quote(rider_id, pickup)).id)

    def asked(self, metres: float = 100) -> tuple[UUID, Trip]:
        """A trip that is offered to one driver."""
        driver, trip = self.street.driver_at(metres), self.waits()
        self.tick()
        assert self.offers(trip.id) == {driver: "open"}
        return driver, trip

    def assigned(self) -> tuple[UUID, Trip]:
        driver, trip = self.asked()
        assert self.offer_responses.accept(driver, trip.id)
        return driver, self.now(trip)

    def arrived(self) -> tuple[UUID, Trip]:
        driver, trip = self.assigned()
        return driver, self.trips.arrive(driver, trip.id)

    def asked_ahead(self) -> tuple[UUID, Trip, Trip]:
        """A driver 54 s from dropping off, their trip, and the next trip, which is offered to them."""
        driver, trip = self.arrived()
        trip = self.trips.start(driver, trip.id, trip.pin)
        self.news()
        self.street.passes(300)
        assert stands(self.street, driver, off(FERRY_BUILDING, -300)) == "accepted"
        next_trip = self.waits(off(FERRY_BUILDING, -200))
        self.tick()
        assert self.offers(next_trip.id) == {driver: "open"}
        return driver, trip, next_trip

    def promised(self) -> tuple[UUID, Trip, Trip]:
        driver, trip, next_trip = self.asked_ahead()
        assert isinstance(self.offer_responses.accept(driver, next_trip.id), Promise)
        return driver, trip, next_trip

    def now(self, trip: Trip) -> Trip:
        return self.trips.get(trip.id)

    # Races.

    def at_once(self, *acts: Act) -> list[Any]:
        """Each act in a process of its own; returns the answers or errors."""
        outcomes = self._together(acts)
        self.went[", ".join(_said(outcome) for outcome in outcomes)] += 1
        return outcomes

    def done(self, do: Act) -> Any:
        """Do the act in this process."""
        try:
            outcome = attrgetter(do.name)(self)(*do.arguments)
        except DomainError as refused:
            outcome = refused
        assert is_an_answer(outcome), outcome
        return outcome

    def raced(self) -> None:
        """Check that in every round all acts were ready before one had ended.

        In two hundred rounds some acts must have overlapped, with different results; in fewer they may miss each other.
        """
        assert self.went.total() > 0
        assert self._one_after_the_other == 0
        assert self.went.total() < 200 or (self._overlapped > 0 and len(self.went) > 1), (self._overlapped, self.went)

    def _together(self, acts: Sequence[Act]) -> list[Any]:
        if self.processes is None:
            return [self.done(act) for act in acts]
        outcomes, sent = self.processes.at_once(acts, self.street.now)
        first_ended_s = min(each.ended_s for each in sent)
        self._one_after_the_other += max(each.ready_s for each in sent) > first_ended_s
        self._overlapped += sorted(each.began_s for each in sent)[1] < first_ended_s if len(sent) > 1 else 0
        for each in sent:
            self.ticks.sent += each.ticks
            self.expiries.sent += each.expiries
            self.saga += each.saga
            self.street.bus.events += each.events
            self.street.told.frames += each.frames
        for act_done, outcome in zip(acts, outcomes, strict=True):
            if not is_an_answer(outcome):
                raise AssertionError(f"{act_done.name} was neither done nor refused: {outcome!r}") from outcome
        return outcomes

    # The end of a round.

    def round_ends(self, *trips: Trip) -> None:
        """Deliver all events, end and settle the trips that still live, and check the invariants."""
        self.news()
        self.hold(ALWAYS | ALL_HEARD)
        self._free_drivers_are_free()
        for trip in trips:
            self._end(self.now(trip))
        self.news()
        for trip in trips:
            self._together([act("money.settle", trip.id)] * 2)
        self.news()
        self.hold(ALWAYS | ALL_HEARD | ALL_ENDED)
        self._logs_tell(trips)
        self._books_agree()
        self._sagas_were_answered()
        self.street.redis.flushall()
        self.street.passes(1)  # without the last fencing token in Redis, new ones grow by the clock
        for kept in (self.ticks.sent, self.expiries.sent, self.street.told.frames, self.street.told.ids):
            kept.clear()

    def news(self) -> None:
        """Deliver events to all consumers, each twice and in any order; `DriverCancelled` starts another saga."""
        while events := self.street.bus.events[:]:
            self.street.bus.events.clear()
            for event in events:
                self.is_told(event)
            self._draw.shuffle(events)
            for event in events + events:
                self.hear(event)
            for event in events:
                if event["type"] == "DriverCancelled":
                    self.wait(UUID(event["detail"]["trip_id"]))

    def is_told(self, event: dict[str, Any]) -> None:
        """Record that all consumers got the event."""
        self._told.add(event["id"])

    def hold(self, invariants: dict[str, str]) -> None:
        """Check all invariants in one statement: a walk does so after each of its steps."""
        each = (
            f"select '{what}' as broken, to_jsonb(found) as by from ({statement}) found"
            for what, statement in invariants.items()
        )
        broken = self.rows(" union all ".join(each))
        assert not broken, broken

    def rows(self, statement: str, *parameters: object) -> list[dict[str, Any]]:
        cursor = self._looking.execute(statement.encode(), parameters)
        return rows_of(cursor)

    def _end(self, trip: Trip) -> None:
        if trip.state == "in_progress" and trip.driver_id:
            self.trips.complete(trip.driver_id, trip.id)
        elif trip.state in ACTIVE:
            self.trips.cancel(trip.rider_id, trip.id, None)

    def _free_drivers_are_free(self) -> None:
        """Free drivers in Redis are online and on no trip; drivers who drop off soon are on a trip."""
        area = self.street.markets.zone(ZONE)
        of_classes = len(area.market.vehicle_classes)
        free, finishing = self._members(askable(area)[:of_classes]), self._members(askable(area)[of_classes:])
        on_trips = "select driver_id from published_active_trips where driver_id = any(%s) and state = 'in_progress'"
        assert {row["driver_id"] for row in self.rows(on_trips, finishing)} == set(finishing)
        assert self.rows("select driver_id from published_active_trips where driver_id = any(%s)", free) == []
        offline = "select driver_id from published_drivers where driver_id = any(%s) and not online"
        assert self.rows(offline, free) == []

    def _members(self, keys: Sequence[str]) -> list[UUID]:
        members: list[Any] = [member for key in keys for member in self.street.redis.zrange(key, 0, -1)]
        return [UUID(member.decode()) for member in members]

    def _logs_tell(self, trips: Iterable[Trip]) -> None:
        for trip in trips:
            log = self.trips.log(trip.id)
            assert rebuilt(log) == as_logged(self.now(trip))
            assert [entry.seq for entry in log] == list(range(1, len(log) + 1))
        assert {str(row["id"]) for row in self.rows("select id from outbox")} <= self._told

    def _books_agree(self) -> None:
        (booked,) = self.rows(TAKEN)
        totals = self.stripe.totals()
        assert (totals["held_minor"], totals["captured_minor"]) == (0, booked["minor"])

    def _sagas_were_answered(self) -> None:
        """Every saga got an answer, except those that timed out."""
        self._answered |= {token for token, _ in self.saga}
        self.saga.clear()
        waited = self.rows("select task_token from match_requests where outcome <> 'no_driver_found'")
        assert {row["task_token"] for row in waited} <= self._answered


def _said(outcome: object) -> str:
    """An outcome, reduced to the part by which rounds differ."""
    if isinstance(outcome, Trip):
        return str(outcome.state)
    return str(outcome) if isinstance(outcome, bool | str | None) else type(outcome).__name__
