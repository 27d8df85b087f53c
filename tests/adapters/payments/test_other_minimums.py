"""An account that settles in Czech crowns, whose least is worth more than the 50 cents of the table: 65 cents here."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest

from rideflow.payments.providers.errors import AmountTooSmallError
from stripe_double import Settings, StripeDouble
from tests.adapters.payments.ride import House
from tests.adapters.payments.stripe_at_hand import SECRET, emptied
from tests.adapters.payments.test_books import checked
from tests.adapters.payments.test_small_amounts import costs, owed, receipt, ridden
from tests.adapters.payments.test_webhooks import deliver

LEAST = 65
CROWNS_OF_A_DOLLAR = 1500 / LEAST

type Costs = Callable[[int], None]

__all__ = ["costs"]


def account(**rates: float) -> Settings:
    keys = SECRET.api_key, SECRET.webhook_secret
    return Settings(*keys, settlement_currency="czk", exchange_rates=rates, captures_have_a_least=True)


@pytest.fixture
def house(database_url: str) -> Iterator[House]:
    with StripeDouble(account(usd=CROWNS_OF_A_DOLLAR)).in_thread() as url, emptied(url) as stripe:
        house = House(database_url, stripe)
        yield house
        house.close()


def settled(house: House, trip_id: UUID) -> str:
    """The saga, with its step for a capture that failed; returns what it did at last."""
    prepared = house.settlement(trip_id)
    if prepared.action != "capture":
        house.settle(trip_id)
        return prepared.action
    try:
        house.hand.settlement.record_capture(house.capture(prepared))
    except AmountTooSmallError as error:
        outcome = house.refused(prepared, type(error).__name__)
        assert outcome.outcome == "release"
        house.release(outcome.settlement)
        return "refused"
    return "capture"


def test_a_fare_that_stripe_refuses_as_too_small_is_carried_whatever_the_table_says(house: House, costs: Costs) -> None:
    rider_id = house.rider()
    costs(LEAST - 5)
    small = ridden(house, rider_id)

    assert [settled(house, small) for _ in range(2)] == ["refused", "nothing"]

    assert (house.state(small), house.order(small)["state"]) == ("paid", "carried")
    assert owed(house, rider_id) == LEAST - 5
    assert receipt(house, small) == {"amount_minor": LEAST - 5, "carried_minor": 0, "charged_minor": 0}
    assert house.stripe.totals()["held_minor"] == 0
    assert "PaymentFailed" not in house.published.types()

    costs(700)
    assert settled(house, ridden(house, rider_id)) == "capture"
    assert house.stripe.totals()["captured_minor"] == 700 + LEAST - 5
    assert (owed(house, rider_id), house.order(small)["state"]) == (0, "settled")
    deliver(house, "payment_intent.succeeded")
    assert {**checked(house), "entries": 0} == {"entries": 0, "differences": 0, "uncleared": 0, "pending": 0}


def test_small_amounts_that_are_too_small_together_wait_together(house: House, costs: Costs) -> None:
    rider_id = house.rider()
    costs(30)
    first, second, third = (ridden(house, rider_id) for _ in range(3))

    assert [settled(house, trip_id) for trip_id in (first, second, third)] == ["release", "refused", "capture"]

    assert house.stripe.totals()["captured_minor"] == 90
    assert owed(house, rider_id) == 0
    assert {house.order(trip_id)["state"] for trip_id in (first, second)} == {"settled"}


def test_a_saga_that_dies_before_the_release_is_followed_by_one_that_carries_the_amount(
    house: House, costs: Costs
) -> None:
    costs(LEAST - 1)
    trip_id = ridden(house, house.rider())
    prepared = house.settlement(trip_id)
    house.refused(prepared, "AmountTooSmallError")

    assert house.settle(trip_id) == "release"

    assert house.order(trip_id)["state"] == "carried"


def test_a_hold_that_stripe_refuses_as_too_small_is_doubled(house: House) -> None:
    trip_id = house.requested()
    small = house.prepared(trip_id).model_copy(update={"amount_minor": 20})

    placed = house.placed(small)
    again = house.placed(small)

    assert (placed.held_minor, again) == (80, placed)
    assert house.stripe.totals()["held_minor"] == 80
    house.hand.authorization.record(placed)
    assert house.order(trip_id)["held_minor"] == 80


def test_a_hold_that_is_too_small_by_far_is_not_placed(database_url: str) -> None:
    with StripeDouble(account(usd=1500 / (20 * 256 + 1))).in_thread() as url, emptied(url) as stripe:
        house = House(database_url, stripe)
        small: Any = house.prepared(house.requested()).model_copy(update={"amount_minor": 20})
        with pytest.raises(AmountTooSmallError):
            house.placed(small)
        assert stripe.intents() == []
        house.close()
