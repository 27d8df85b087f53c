"""The money of a ride whose market a deploy has taken away: orders carry the terms they were opened by (ADR 125)."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from rideflow.markets.errors import MarketWithdrawnError
from rideflow.markets.loading import markets_in
from rideflow.payments.orders.store import PostgresOrders
from rideflow.payments.sagas.authorization import PrepareHold
from tests.adapters.payments.ride import House
from tests.adapters.payments.stripe_at_hand import StripeAtHand
from tests.market_data import DEPLOYED
from tests.new_york import TIMES_SQUARE, WALL_STREET, new_york_in


@pytest.fixture
def house(database_url: str, stripe_at_hand: StripeAtHand, tmp_path: Path) -> Iterator[House]:
    """Rides in New York, whose drivers get three quarters of the fare."""
    house = House(database_url, stripe_at_hand, markets_in(new_york_in(tmp_path).parent), (TIMES_SQUARE, WALL_STREET))
    house.product = "standard"
    yield house
    house.close()


def withdraw(house: House) -> None:
    """The next deployment has San Francisco alone."""
    house.markets = DEPLOYED
    house.hand = house.another_hand()


def test_the_fare_is_captured_and_shared_by_the_terms_of_the_order(house: House) -> None:
    trip_id = house.requested()
    house.hold(trip_id)
    driver_id = house.matched(trip_id)
    withdraw(house)
    house.ridden(trip_id, driver_id)

    assert house.settle(trip_id) == "capture"

    ledger = house.ledger(trip_id)
    assert -ledger[f"driver_payable:{driver_id}"] == round(Decimal(ledger["taken"]) * Decimal("0.75"))
    assert house.state(trip_id) == "paid"


def test_a_deploy_of_other_terms_changes_no_order_and_its_receipt_names_those_it_was_paid_by(house: House) -> None:
    market = house.markets.named("new_york")
    trip_id = house.requested()
    house.hold(trip_id)
    driver_id = house.matched(trip_id)
    terms = market.folder / "terms.json"
    terms.write_text(terms.read_text().replace('"0.75"', '"0.10"'))
    house.markets = markets_in(market.folder.parent)
    house.hand = house.another_hand()
    house.ridden(trip_id, driver_id)

    assert house.settle(trip_id) == "capture"

    assert house.order(trip_id)["terms"] == market.terms.frozen.model_dump(mode="json")
    ledger = house.ledger(trip_id)
    assert -ledger[f"driver_payable:{driver_id}"] == round(Decimal(ledger["taken"]) * Decimal("0.75"))
    receipt = PostgresOrders(house.hand.database).receipt(trip_id)
    assert receipt is not None
    assert receipt.terms_version == market.terms.frozen.version
    assert receipt.terms_version != house.markets.named("new_york").terms.frozen.version


def test_a_fee_that_was_owed_before_is_shared_by_the_same_terms(house: House) -> None:
    trip_id = house.requested()
    house.hold(trip_id)
    driver_id = house.matched(trip_id)
    house.later(seconds=121)
    house.hand.trips.cancel(house.hand.trips.get(trip_id).rider_id, trip_id, None)
    withdraw(house)

    assert house.settle(trip_id) == "capture"

    ledger = house.ledger(trip_id)
    assert (ledger["taken"], ledger[f"driver_payable:{driver_id}"]) == (750, -562)


def test_a_capture_that_fails_is_tried_again_and_its_hold_released_in_the_end(house: House) -> None:
    trip_id = house.requested()
    house.hold(trip_id)
    driver_id = house.matched(trip_id)
    withdraw(house)
    house.ridden(trip_id, driver_id)

    failed = house.refused(house.settlement(trip_id), "ProviderUnavailableError")
    assert (failed.outcome, failed.wait_s) == ("retry", DEPLOYED.named("san_francisco").terms.retry_after_s)

    house.later(days=9)
    assert house.settle(trip_id) == "release"
    assert house.state(trip_id) == "payment_failed"


def test_no_money_is_held_for_a_trip_of_no_market(house: House) -> None:
    trip_id = house.requested()
    withdraw(house)

    with pytest.raises(MarketWithdrawnError):
        house.prepared(trip_id)

    assert house.rows("select id from payment_orders where trip_id = %(trip_id)s", trip_id=trip_id) == []


def test_a_rematch_keeps_the_hold_that_it_has(house: House) -> None:
    trip_id = house.requested()
    house.hold(trip_id)
    house.matched(trip_id)
    withdraw(house)

    again = house.hand.authorization.prepare(PrepareHold(trip_id=trip_id, is_rematch=True))

    assert (again.outcome, again.order_id) == ("held", None)
