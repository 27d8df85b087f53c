"""A driver, an operator and the clock end one ride at the same moment: one of them does, and its money moves once."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest

from rideflow.kernel.geo import Sightings
from rideflow.kernel.outbox import Outbox
from rideflow.operations.reasons import Reasons
from rideflow.operations.trips import OperatorCancel, OperatorComplete, OperatorTrips
from rideflow.trips.errors import TripConflictError
from rideflow.trips.model import Trip, Verdict, rebuilt
from rideflow.trips.operating import Operators
from rideflow.trips.silence_store import PostgresSilences
from rideflow.trips.silent_trips import SilentTrips
from tests.adapters.dispatch.zone import at_once
from tests.adapters.payments.ride import PIN, Hand, House
from tests.keys import with_seals
from tests.market_data import DEPLOYED

FOUR_HOURS = timedelta(hours=4)


class Silence:
    """No phone has been heard for four hours."""

    def __init__(self, house: House) -> None:
        self._since = house.now - FOUR_HOURS

    def sightings(self, driver_id: UUID, trip_id: UUID, zone_ids: Iterable[str]) -> Sightings:
        return Sightings([], is_complete=True)

    def last_heard(self, driver_ids: Sequence[UUID], zone_ids: Iterable[str]) -> Mapping[UUID, datetime]:
        return dict.fromkeys(driver_ids, self._since)


def on_board(house: House) -> tuple[UUID, UUID]:
    """A ride that has been under way for four hours, and its driver."""
    trip_id = house.requested()
    house.hold(trip_id)
    driver_id = house.matched(trip_id)
    house.hand.trips.arrive(driver_id, trip_id)
    house.hand.trips.start(driver_id, trip_id, PIN)
    house.later(hours=4)
    house.rows(
        "insert into trip_listening values ('san_francisco', %(since)s, %(now)s) on conflict (market) do update"
        " set since = excluded.since, last_at = excluded.last_at",
        since=house.now - FOUR_HOURS,
        now=house.now,
    )
    return driver_id, trip_id


def operators(house: House, hand: Hand) -> OperatorTrips:
    operators = Operators(hand.trips, DEPLOYED, house.clock)
    reasons = Reasons(hand.database, with_seals)
    return OperatorTrips(operators, Outbox(hand.database, house.published), hand.database, reasons, house.clock)


@pytest.mark.parametrize("verdict", ["complete", Verdict.RIDER, Verdict.NOBODY])
def test_one_of_them_ends_the_ride_and_its_money_moves_once(house: House, verdict: str) -> None:
    hands = [house.another_hand() for _ in range(4)]
    for _ in range(8):
        driver_id, trip_id = on_board(house)
        sweeper = SilentTrips(
            PostgresSilences(hands[0].database), hands[0].trips, Silence(house), DEPLOYED, house.clock
        )
        operator, before = operators(house, hands[1]), len(house.published.envelopes)

        def by_operator(operator: OperatorTrips = operator, trip_id: UUID = trip_id) -> Trip:
            if verdict == "complete":
                return operator.complete(uuid4(), trip_id, OperatorComplete(reason="called"))
            return operator.cancel(uuid4(), trip_id, OperatorCancel(reason="called", verdict=Verdict(verdict)))

        def by_driver(driver_id: UUID = driver_id, trip_id: UUID = trip_id, hand: Hand = hands[2]) -> Trip:
            return hand.trips.complete(driver_id, trip_id)

        outcomes = at_once([sweeper.sweep, by_operator, by_driver])

        trip = house.hand.trips.get(trip_id)
        assert all(isinstance(each, dict | Trip | TripConflictError) for each in outcomes), outcomes
        ends = [each["type"] for each in house.published.envelopes[before:]]
        assert ends in (["TripCompleted"], ["TripCancelled"])
        assert [entry.type for entry in house.hand.trips.log(trip_id)][-1] == ends[0]
        assert rebuilt(house.hand.trips.log(trip_id)) == trip
        house.settle(trip_id)
        house.settle(trip_id)
        owed = trip.cancellation_fee_minor if trip.state == "cancelled" else house.order(trip_id)["amount_minor"]
        assert sum(house.ledger(trip_id).values()) == 0
        booked = house.rows(
            "select coalesce(sum(captured_minor), 0)::bigint as minor from payment_orders where trip_id = %(id)s",
            id=trip_id,
        )
        assert booked == [{"minor": owed}]
    totals = house.stripe.totals()
    assert totals["held_minor"] == 0
    (captured,) = house.rows("select coalesce(sum(captured_minor), 0)::bigint as minor from payment_orders")
    assert totals["captured_minor"] == captured["minor"]
