"""Amounts that are less than the provider takes: charged with the rider's next ride, and to nobody else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from rideflow.ledger.store import PostgresLedger
from rideflow.payments.orders.bookings import dues
from rideflow.pricing.model import FareBreakdown, FinalFare
from tests.adapters.payments.ride import House
from tests.adapters.payments.test_books import checked
from tests.adapters.payments.test_webhooks import deliver
from tests.waiting import held

LEAST = 50


@pytest.fixture
def costs(house: House, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Sets what the rides cost that are settled from now on."""
    final_fare = house.hand.pricing.final_fare

    def cost(amount_minor: int) -> None:
        breakdown = FareBreakdown.of("USD", {"base": amount_minor})

        def fixed(*asked: Any, **more: Any) -> FinalFare:
            return final_fare(*asked, **more)._replace(breakdown=breakdown)

        monkeypatch.setattr(house.hand.pricing, "final_fare", fixed)

    return cost


def ridden(house: House, rider_id: UUID) -> UUID:
    trip_id = house.requested(rider_id)
    house.hold(trip_id)
    house.ridden(trip_id, house.matched(trip_id))
    return trip_id


def owed(house: House, rider_id: UUID) -> int:
    return PostgresLedger(house.hand.database).balance(dues(rider_id, "USD")).posted_minor


def receipt(house: House, trip_id: UUID) -> dict[str, Any]:
    (found,) = house.rows(
        "select amount_minor, carried_minor, charged_minor from receipts where trip_id = %(id)s", id=trip_id
    )
    return found


def test_a_fare_below_the_least_is_carried_to_the_riders_next_ride(house: House, costs: Callable[[int], None]) -> None:
    rider_id = house.rider()
    costs(LEAST - 1)
    small = ridden(house, rider_id)

    assert [house.settle(small) for _ in range(2)] == ["release", "nothing"]

    assert (house.state(small), house.order(small)["state"]) == ("paid", "carried")
    assert owed(house, rider_id) == LEAST - 1
    assert receipt(house, small) == {"amount_minor": LEAST - 1, "carried_minor": 0, "charged_minor": 0}
    assert house.stripe.totals() == {**house.stripe.totals(), "held_minor": 0, "captured_minor": 0}

    costs(700)
    following = ridden(house, rider_id)
    assert house.settle(following) == "capture"

    assert house.stripe.totals()["captured_minor"] == 700 + LEAST - 1
    assert owed(house, rider_id) == 0
    assert house.order(small)["state"] == "settled"
    assert receipt(house, following) == {
        "amount_minor": 700,
        "carried_minor": LEAST - 1,
        "charged_minor": 700 + LEAST - 1,
    }
    deliver(house, "payment_intent.succeeded")
    assert {**checked(house), "entries": 0} == {"entries": 0, "differences": 0, "uncleared": 0, "pending": 0}


def test_the_least_itself_is_charged(house: House, costs: Callable[[int], None]) -> None:
    costs(LEAST)
    trip_id = ridden(house, house.rider())

    assert house.settle(trip_id) == "capture"

    assert house.stripe.totals()["captured_minor"] == LEAST


def test_small_amounts_are_charged_together_once_they_are_enough(house: House, costs: Callable[[int], None]) -> None:
    rider_id = house.rider()
    costs(20)
    first, second, third = (ridden(house, rider_id) for _ in range(3))

    assert [house.settle(trip_id) for trip_id in (first, second, third)] == ["release", "release", "capture"]

    assert house.stripe.totals()["captured_minor"] == 60
    assert owed(house, rider_id) == 0
    assert {house.order(trip_id)["state"] for trip_id in (first, second)} == {"settled"}


def test_what_is_too_little_together_waits_for_whichever_ride_is_settled_next(
    house: House, costs: Callable[[int], None]
) -> None:
    rider_id = house.rider()
    costs(20)
    house.settle(ridden(house, rider_id))
    house.settlement(ridden(house, rider_id))  # and the saga is slow to release the hold
    costs(700)

    assert house.settlement(ridden(house, rider_id)).amount_minor == 720


def test_another_riders_small_amount_is_left_alone(house: House, costs: Callable[[int], None]) -> None:
    somebody, another = house.rider(), house.rider()
    costs(20)
    small = ridden(house, somebody)
    house.settle(small)
    costs(700)

    house.settle(ridden(house, another))

    assert house.stripe.totals()["captured_minor"] == 700
    assert (owed(house, somebody), owed(house, another)) == (20, 0)
    assert house.order(small)["state"] == "carried"


def with_a_small_amount(house: House, costs: Callable[[int], None]) -> tuple[UUID, UUID]:
    """A rider of whom 20 wait for the next ride, which will cost 700, and the trip that cost them."""
    rider_id = house.rider()
    costs(20)
    small = ridden(house, rider_id)
    house.settle(small)
    costs(700)
    return rider_id, small


def test_what_was_carried_to_a_ride_that_is_not_paid_waits_for_the_next(
    house: House, costs: Callable[[int], None]
) -> None:
    rider_id, small = with_a_small_amount(house, costs)
    unpaid = ridden(house, rider_id)
    outcome = house.refused(house.settlement(unpaid), "HoldGoneError")
    assert owed(house, rider_id) == 720
    house.release(outcome.settlement)
    assert house.order(unpaid)["carried_minor"] == 0

    assert house.settle(ridden(house, rider_id)) == "capture"

    assert house.stripe.totals()["captured_minor"] == 720
    assert owed(house, rider_id) == 700
    assert house.order(small)["state"] == "settled"


def test_what_was_carried_to_a_ride_that_was_captured_by_hand_for_less_waits_for_the_next(
    house: House, costs: Callable[[int], None]
) -> None:
    rider_id, small = with_a_small_amount(house, costs)
    trip_id = ridden(house, rider_id)
    prepared = house.settlement(trip_id)
    by_hand = house.stripe.ours.client().v1.payment_intents
    by_hand.capture(str(prepared.provider_ref), {"amount_to_capture": 700})
    house.hand.settlement.record_capture(house.capture(prepared))
    assert owed(house, rider_id) == 20
    assert receipt(house, trip_id) == {"amount_minor": 700, "carried_minor": 0, "charged_minor": 700}

    house.settle(ridden(house, rider_id))

    assert house.stripe.totals()["captured_minor"] == 700 + 720
    assert owed(house, rider_id) == 0
    assert house.order(small)["state"] == "settled"


def test_no_more_is_carried_to_a_ride_than_its_hold_has_room_for(house: House, costs: Callable[[int], None]) -> None:
    rider_id = house.rider()
    costs(LEAST - 1)
    small = ridden(house, rider_id)
    house.settle(small)
    full = ridden(house, rider_id)
    held = house.order(full)["held_minor"]
    costs(held - LEAST + 2)

    house.settle(full)

    assert house.stripe.totals()["captured_minor"] == held - LEAST + 2
    assert (house.order(small)["state"], owed(house, rider_id)) == ("carried", LEAST - 1)


def test_two_rides_settled_in_turn_charge_a_small_amount_once(house: House, costs: Callable[[int], None]) -> None:
    rider_id = house.rider()
    costs(20)
    house.settle(ridden(house, rider_id))
    costs(700)
    trips = [ridden(house, rider_id) for _ in range(2)]

    prepared = [house.settlement(trip_id) for trip_id in trips]

    assert [each.amount_minor for each in prepared] == [720, 700]
    assert [house.settlement(trip_id).amount_minor for trip_id in trips] == [720, 700]


def test_an_attempt_that_is_repeated_takes_along_what_the_first_did(house: House, costs: Callable[[int], None]) -> None:
    rider_id = house.rider()
    costs(20)
    house.settle(ridden(house, rider_id))
    costs(700)
    trip_id = ridden(house, rider_id)
    first = house.settlement(trip_id)
    costs(30)
    house.settle(ridden(house, rider_id))
    house.refused(first, "ProviderUnavailableError")

    assert [first.amount_minor, house.settlement(trip_id).amount_minor] == [720, 720]

    costs(700)
    assert house.settlement(ridden(house, rider_id)).amount_minor == 730


def test_the_oldest_amounts_are_taken_along_if_there_is_no_room_for_all(
    house: House, costs: Callable[[int], None]
) -> None:
    rider_id = house.rider()
    older, newer = (ridden(house, rider_id) for _ in range(2))
    for small, amount_minor in ((newer, 30), (older, 15)):
        costs(amount_minor)
        house.settle(small)
    trip_id = ridden(house, rider_id)
    costs(house.order(trip_id)["held_minor"] - 35)

    prepared = house.settlement(trip_id)

    assert prepared.amount_minor == house.order(trip_id)["held_minor"] - 20
    assert [house.order(small)["carried_to"] for small in (older, newer)] == [prepared.order_id, None]


def test_an_amount_in_another_currency_waits_for_a_ride_in_its_own(house: House, costs: Callable[[int], None]) -> None:
    rider_id = house.rider()
    costs(20)
    house.settle(ridden(house, rider_id))
    house.rows("update payment_orders set currency = 'EUR'")
    costs(700)

    assert house.settlement(ridden(house, rider_id)).amount_minor == 700


def test_what_another_settlement_takes_along_at_this_moment_is_not_waited_for(
    house: House, costs: Callable[[int], None]
) -> None:
    rider_id, other = house.rider(), house.another_hand()
    costs(20)
    small = ridden(house, rider_id)
    house.settle(small)
    costs(700)
    trip_id = ridden(house, rider_id)
    house.hand.database.execute("set lock_timeout = '2s'", {})  # so that a wait fails the test and does not block it

    with held(house.database_url, other.database) as carrying:
        carrying.rows("select id from payment_orders where trip_id = %s for update", small)
        assert house.settlement(trip_id).amount_minor == 700
