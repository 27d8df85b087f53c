"""When a failed capture is tried again: not against the bank's advice, not after its hold, and not by two at once."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest

from rideflow.markets import withdrawn
from rideflow.payments.orders.overdue import OVERDUE_AFTER, first_overdue_at
from rideflow.payments.orders.store import PostgresOrders
from rideflow.payments.providers.errors import DeclinedForGoodError
from rideflow.payments.providers.port import PlacedHold
from rideflow.trips.silence_store import PostgresSilences
from rideflow.trips.store import PostgresTrips
from tests.adapters.payments.ride import House
from tests.adapters.payments.test_giving_up import declined, owed
from tests.adapters.payments.test_overdue_orders import asked_for
from tests.market_data import SAN_FRANCISCO

FIRST = timedelta(seconds=SAN_FRANCISCO.terms.retry_after_s)
RESERVE = timedelta(minutes=10)


def completed_with_hold_until(house: House, lasts: timedelta, ridden_for: int = 9) -> tuple[UUID, datetime]:
    """A completed ride whose bank ends the hold so long after the ride; and that time."""
    trip_id = house.requested()
    placed: PlacedHold = house.placed(house.prepared(trip_id))
    ends_at = house.now + timedelta(minutes=ridden_for) + lasts
    house.hand.authorization.record(placed.model_copy(update={"capture_before": ends_at}))
    house.ridden(trip_id, house.matched(trip_id), minutes=ridden_for)
    return trip_id, ends_at


@pytest.mark.parametrize("decline", ["lost_card", "stolen_card", "fraudulent", "expired_card"])
def test_a_bank_that_wants_no_other_try_gets_none(house: House, decline: str) -> None:
    trip_id = house.completed()
    prepared = house.settlement(trip_id)
    house.stripe.fault("decline", operation="capture", keep_authorization=True, decline=decline)
    with pytest.raises(DeclinedForGoodError) as refused:
        house.capture(prepared)

    outcome = house.refused(prepared, type(refused.value).__name__)

    assert (outcome.outcome, outcome.settlement.action) == ("release", "release")
    house.release(outcome.settlement)
    order = house.order(trip_id)
    assert (house.state(trip_id), order["state"], order["declines"]) == ("payment_failed", "cancelled", 1)
    assert owed(house, order["rider_id"]) == order["amount_minor"] > 0
    assert house.stripe.totals()["held_minor"] == 0


def test_a_card_declined_for_good_at_the_hold_is_a_declined_card(house: House) -> None:
    trip_id = house.requested()
    house.stripe.fault("decline", operation="charge", decline="lost_card")

    with pytest.raises(DeclinedForGoodError):
        house.placed(house.prepared(trip_id))


def test_a_wait_ends_before_the_hold_does(house: House) -> None:
    trip_id, ends_at = completed_with_hold_until(house, RESERVE + 3 * FIRST)
    first = house.refused(declined(house, trip_id), "PaymentDeclinedError")
    house.later(seconds=first.wait_s)

    second = house.refused(declined(house, trip_id), "PaymentDeclinedError")

    assert (first.wait_s, second.outcome) == (FIRST.total_seconds(), "retry")
    assert house.now + timedelta(seconds=second.wait_s) == ends_at - RESERVE
    house.later(seconds=second.wait_s)
    assert house.refused(declined(house, trip_id), "PaymentDeclinedError").outcome == "release"


@pytest.mark.parametrize(("more_s", "outcome"), [(0, "retry"), (-1, "release")])
def test_no_other_try_is_made_of_a_hold_that_is_nearly_over(house: House, more_s: int, outcome: str) -> None:
    trip_id, _ = completed_with_hold_until(house, RESERVE + FIRST + timedelta(seconds=more_s))

    assert house.refused(declined(house, trip_id), "PaymentDeclinedError").outcome == outcome


def test_the_sweep_leaves_a_settlement_that_waits_for_its_next_try_alone(house: House) -> None:
    """It would start another execution if the one that waits had died: an hour after the try was due."""
    trip_id = house.completed()
    for _ in range(5):
        outcome = house.refused(declined(house, trip_id), "PaymentDeclinedError")
    assert outcome.wait_s > OVERDUE_AFTER["failed"].total_seconds()

    house.later(seconds=outcome.wait_s)
    house.now += OVERDUE_AFTER["failed"] - timedelta(seconds=1)
    assert asked_for(house) == []
    house.now += timedelta(seconds=2)
    assert asked_for(house) == [trip_id]


def test_a_next_try_that_is_over_delays_no_sweep(house: House) -> None:
    trip_id = house.completed()
    for _ in range(5):
        outcome = house.refused(declined(house, trip_id), "PaymentDeclinedError")
    house.later(seconds=outcome.wait_s)
    assert house.settlement(trip_id).action == "capture"  # and the execution dies

    assert outcome.wait_s > OVERDUE_AFTER["processing"].total_seconds()
    assert house.order(trip_id)["retry_at"] is None
    house.now += OVERDUE_AFTER["processing"] + timedelta(seconds=1)
    assert asked_for(house) == [trip_id]


def test_the_sweep_may_sleep_until_a_next_try_is_overdue(house: House) -> None:
    trip_id = house.completed()
    for _ in range(5):
        house.refused(declined(house, trip_id), "PaymentDeclinedError")

    due = first_overdue_at(PostgresOrders(house.hand.database), house.now)

    assert due == house.order(trip_id)["retry_at"] + OVERDUE_AFTER["failed"]


def test_a_trip_whose_settlement_waits_has_neither_stalled_nor_to_be_looked_at(house: House) -> None:
    """Thousands of them would else hide, from the sweep and from operators, those few that did stall."""
    trip_id, stalled = house.completed(), house.completed()
    for _ in range(5):
        outcome = house.refused(declined(house, trip_id), "PaymentDeclinedError")
    trips, silences = PostgresTrips(house.hand.database), PostgresSilences(house.hand.database)
    ended = house.now + timedelta(seconds=1)

    def shown() -> tuple[set[UUID], set[UUID]]:
        """What the sweep of stalled trips finds, and what operators see."""
        unsettled = trips.unsettled(ended, house.now, 9)
        stuck = silences.stuck(UUID(int=0), 9, {None: withdrawn.RULES.stays}, now=house.now, unsettled_before=ended)
        return {trip.id for trip in unsettled}, {row["id"] for row in stuck}

    house.later(seconds=outcome.wait_s - 1)
    assert shown() == ({stalled}, {stalled})
    house.later(seconds=1)
    assert shown() == ({trip_id, stalled}, {trip_id, stalled})


@pytest.mark.parametrize("early", [timedelta(seconds=61), timedelta(hours=1)])
def test_another_execution_makes_no_attempt_before_the_next_one_is_due(house: House, early: timedelta) -> None:
    """It overlaps with the one that waits, or follows one that died; its attempt would use up one of the terms'."""
    trip_id = house.completed()
    for _ in range(5):
        outcome = house.refused(declined(house, trip_id), "PaymentDeclinedError")
    waiting = house.order(trip_id)

    house.now = waiting["retry_at"] - early
    assert house.settlement(trip_id).action == "nothing"
    assert outcome.wait_s > early.total_seconds()
    assert house.order(trip_id) == waiting


def test_an_attempt_is_made_although_the_clock_of_its_function_is_late(house: House) -> None:
    trip_id = house.completed()
    for _ in range(3):
        house.refused(declined(house, trip_id), "PaymentDeclinedError")

    house.now = house.order(trip_id)["retry_at"] - timedelta(seconds=59)

    assert (house.settlement(trip_id).action, house.order(trip_id)["attempts"]) == ("capture", 4)


def test_a_settlement_whose_waiting_execution_died_is_asked_for_an_hour_after_its_attempt_was_due(house: House) -> None:
    trip_id = house.completed()
    for _ in range(5):
        house.refused(declined(house, trip_id), "PaymentDeclinedError")
    house.settlement(trip_id)  # by an execution that comes too early, and ends well

    house.now = house.order(trip_id)["retry_at"] + OVERDUE_AFTER["failed"] + timedelta(seconds=1)

    assert asked_for(house) == [trip_id]
    assert house.settle(trip_id) == "capture"
    assert house.state(trip_id) == "paid"
