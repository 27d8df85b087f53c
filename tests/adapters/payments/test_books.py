"""What an order's life leaves in the ledger: nothing reserved, nothing in clearing, and each amount with its owner."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from rideflow.ledger.check_store import PostgresChecks
from rideflow.ledger.checking import CLEARED_WITHIN, Checking
from rideflow.ledger.model import AccountKind
from rideflow.ledger.statement_store import PostgresStatements
from rideflow.ledger.store import Balance, PostgresLedger
from rideflow.payments.orders.bookings import ACCOUNT_KINDS, BALANCE, CAPTURES, HOLDS, dues, payable, platforms
from rideflow.payments.orders.store import PostgresOrders
from rideflow.payments.sagas.settlement import RecordRelease
from rideflow.pricing.model import FareBreakdown, FinalFare
from tests.adapters.payments.ride import House
from tests.adapters.payments.test_a_ride_is_paid import cancel
from tests.adapters.payments.test_webhooks import deliver

NEWS_OF_MONEY = {"PaymentHeld", "PaymentCaptured", "PaymentFailed", "HoldReleased"}


def balance(house: House, kind: AccountKind) -> Balance:
    return PostgresLedger(house.hand.database).balance(platforms(kind, "USD"))


def checked(house: House) -> dict[str, int]:
    """The daily check, when everything should have been cleared for days."""
    house.now += 2 * CLEARED_WITHIN
    return Checking(PostgresChecks(house.hand.database), house.clock, ACCOUNT_KINDS).check()


def steps(house: House, trip_id: UUID) -> dict[str, str]:
    """The steps of the trip's orders that have a journal, with its phase."""
    rows = house.rows(
        "select step, phase from ledger_journals join payment_orders as orders on orders.id = cause_id"
        " where trip_id = %(trip_id)s",
        trip_id=trip_id,
    )
    assert len({row["step"] for row in rows}) == len(rows)
    return {row["step"]: row["phase"] for row in rows}


def test_a_paid_ride_leaves_nothing_reserved_and_nothing_in_clearing(house: House) -> None:
    trip_id = house.completed()
    hold = house.order(trip_id)["held_minor"]
    assert house.rows("select sum(amount_minor)::bigint as minor from ledger_entries where amount_minor > 0") == [
        {"minor": hold}
    ]
    house.settle(trip_id)
    deliver(house, "payment_intent.succeeded")

    assert steps(house, trip_id) == {"hold": "pending", "charge": "posted", "capture": "posted", "confirm": "posted"}
    captured = house.stripe.totals()["captured_minor"]
    assert balance(house, CAPTURES) == Balance(0, 0)
    assert balance(house, HOLDS) == Balance(0, 0)
    assert balance(house, BALANCE) == Balance(captured, captured)
    assert {**checked(house), "entries": 0} == {"entries": 0, "differences": 0, "uncleared": 0, "pending": 0}


def test_the_people_of_a_paid_ride_see_it_on_their_accounts(house: House) -> None:
    trip_id = house.completed()
    house.settle(trip_id)
    order, ledger = house.order(trip_id), PostgresLedger(house.hand.database)

    assert ledger.balance(dues(order["rider_id"], "USD")) == Balance(0, 0)
    driver = ledger.balance(payable(order["driver_id"], "USD")).posted_minor
    assert driver == -house.ledger(trip_id)[f"driver_payable:{order['driver_id']}"] > 0
    account = payable(order["driver_id"], "USD")
    entries = PostgresStatements(house.hand.database).entries(account.id, None, None, 2**62, 100)
    assert -sum(entry["amount_minor"] for entry in entries) == driver


def test_the_lines_of_a_receipt_sum_to_what_was_paid(house: House) -> None:
    trip_id = house.completed()
    house.settle(trip_id, driven_distance_m=60_000, driven_duration_s=5_000)

    receipt = PostgresOrders(house.hand.database).receipt(trip_id)

    assert receipt is not None
    assert sum(line.amount_minor for line in receipt.breakdown.lines) == receipt.amount_minor
    assert receipt.amount_minor == house.stripe.totals()["captured_minor"] > 0


def test_a_capture_that_stripe_never_confirms_is_listed(house: House) -> None:
    trip_id = house.completed()
    house.settle(trip_id)

    assert checked(house)["uncleared"] == 1


def test_a_hold_that_nobody_captured_or_released_is_listed(house: House) -> None:
    house.hold(house.requested())

    assert checked(house)["pending"] == 1


@pytest.mark.parametrize("times", [1, 2])
def test_a_released_hold_is_void_in_the_books(house: House, times: int) -> None:
    trip_id = house.requested()
    house.hold(trip_id)
    cancel(house, trip_id)
    for _ in range(times):
        house.settle(trip_id)

    assert steps(house, trip_id) == {"hold": "pending", "release": "void"}
    assert balance(house, CAPTURES) == balance(house, HOLDS) == Balance(0, 0)
    assert checked(house)["pending"] == 0


def test_a_hold_that_came_after_the_cancellation_is_void_once_it_is_released(house: House) -> None:
    trip_id = house.requested()
    placed = house.placed(house.prepared(trip_id))
    cancel(house, trip_id)
    house.settle(trip_id)
    recorded = house.hand.authorization.record(placed)
    assert recorded.outcome == "ended"

    house.hand.settlement.record_release(RecordRelease(order_id=recorded.order_id))

    assert steps(house, trip_id) == {"hold": "pending", "release": "void"}


def test_a_hold_of_a_cancelled_order_is_void_when_only_stripe_tells_of_its_end(house: House) -> None:
    trip_id = house.requested()
    placed = house.placed(house.prepared(trip_id))
    cancel(house, trip_id)
    house.settle(trip_id)
    house.hand.authorization.record(placed)  # and the saga died
    house.stripe.client.v1.payment_intents.cancel(str(placed.provider_ref))

    deliver(house, "payment_intent.canceled")

    assert steps(house, trip_id) == {"hold": "pending", "release": "void"}
    assert checked(house)["pending"] == 0


def test_a_fee_takes_over_the_hold_of_the_fare_in_the_books_too(house: House) -> None:
    trip_id = house.requested()
    house.hold(trip_id)
    driver_id = house.matched(trip_id)
    house.later(minutes=5)
    cancel(house, trip_id)
    house.settle(trip_id)

    fare, fee = house.order(trip_id), house.order(trip_id, "cancellation_fee")
    assert (fare["hold_order_id"], fee["hold_order_id"]) == (None, fare["id"])
    assert steps(house, trip_id) == {"hold": "pending", "charge": "posted", "capture": "posted"}
    assert house.ledger(trip_id) == {
        "taken": 500,
        f"driver_payable:{driver_id}": -400,
        "platform_revenue": -100,
    }
    deliver(house, "payment_intent.succeeded")
    assert {**checked(house), "entries": 0} == {"entries": 0, "differences": 0, "uncleared": 0, "pending": 0}


def test_a_ride_at_no_cost_is_booked_with_a_receipt_and_its_hold_is_released(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = FareBreakdown.of("USD", {"base": 700, "discount": -700}, 700)
    monkeypatch.setattr(house.hand.pricing, "final_fare", fixed_fare(house.hand.pricing.final_fare, free))
    trip_id = house.completed()
    driver_id = house.hand.trips.get(trip_id).driver_id

    assert [house.settle(trip_id) for _ in range(2)] == ["release", "nothing"]

    assert house.stripe.totals() == {**house.stripe.totals(), "held_minor": 0, "captured_minor": 0}
    assert (house.state(trip_id), house.order(trip_id)["state"]) == ("paid", "settled")
    assert house.rows("select amount_minor from receipts where trip_id = %(id)s", id=trip_id) == [{"amount_minor": 0}]
    assert house.ledger(trip_id) == {
        "promotion_expense": 700,
        f"driver_payable:{driver_id}": -560,
        "platform_revenue": -140,
    }
    assert "PaymentCaptured" in house.published.types()
    assert {**checked(house), "entries": 0} == {"entries": 0, "differences": 0, "uncleared": 0, "pending": 0}


def test_recording_the_release_of_a_ride_at_no_cost_again_changes_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        house.hand.pricing, "final_fare", fixed_fare(house.hand.pricing.final_fare, FareBreakdown.of("USD", {}))
    )
    trip_id = house.completed()
    prepared = house.settlement(trip_id)
    release = RecordRelease(order_id=house.order(trip_id)["id"])
    assert prepared.action == "release"
    for _ in range(2):
        house.hand.settlement.record_release(release)

    assert steps(house, trip_id) == {"hold": "pending", "charge": "posted", "capture": "posted", "confirm": "posted"}


def fixed_fare(priced: Callable[..., FinalFare], breakdown: FareBreakdown) -> Callable[..., FinalFare]:
    def fare(*asked: Any) -> FinalFare:
        return FinalFare(breakdown, priced(*asked).reasons)

    return fare


def test_a_receipt_is_of_the_time_at_which_the_money_was_taken(house: House) -> None:
    trip_id = house.completed()
    house.later(minutes=1)
    house.settle(trip_id)

    assert [row["issued_at"] for row in house.rows("select issued_at from receipts")] == [house.now]


def test_news_of_money_are_committed_with_it_whatever_becomes_of_the_bus(house: House) -> None:
    house.rows("delete from outbox")
    paid, given_back, unpaid = house.completed(), house.requested(), house.completed()
    house.settle(paid)
    house.hold(given_back)
    house.hand.trips.give_up(given_back)
    house.settle(given_back)
    house.release(house.refused(house.settlement(unpaid), "HoldGoneError").settlement)

    stored = {str(row["id"]): row["detail"] for row in house.rows("select id, detail from outbox")}
    told = [each for each in house.published.envelopes if each["type"] in NEWS_OF_MONEY]

    assert {each["type"] for each in told} == NEWS_OF_MONEY
    assert [stored.get(each["id"]) for each in told] == [each["detail"] for each in told]


def test_a_release_tells_what_was_held_and_not_what_is_owed(house: House) -> None:
    trip_id = house.completed()
    prepared = house.settlement(trip_id, driven_distance_m=3000, driven_duration_s=300)
    house.release(house.refused(prepared, "HoldGoneError").settlement)
    order = house.order(trip_id)

    told = {each["type"]: each["detail"] for each in house.published.envelopes}

    assert told["PaymentFailed"]["amount_minor"] == order["amount_minor"]
    assert told["HoldReleased"]["amount_minor"] == order["held_minor"] > order["amount_minor"]
