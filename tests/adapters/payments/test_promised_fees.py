"""Cancelling costs what was promised with the price, whatever a later deploy of the market says."""

from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from rideflow.markets.loading import markets_in
from rideflow.markets.model import Markets
from rideflow.trips.model import Verdict
from rideflow.trips.operating import Operators
from tests.adapters.payments.ride import Hand, House
from tests.market_data import SAN_FRANCISCO, market_folder

PROMISED = SAN_FRANCISCO.rules.cancellation
DEARER = {"cancellation_fee_minor": 900, "cancellation_grace_s": 0, "no_show_after_s": 0}
FOR_NOTHING = {"cancellation_fee_minor": 0, "cancellation_grace_s": 3600, "no_show_after_s": 3600}


@pytest.fixture(params=[DEARER, FOR_NOTHING], ids=["dearer", "for nothing"])
def changed(request: pytest.FixtureRequest, tmp_path: Path) -> Markets:
    """San Francisco as a later deploy has it: cancelling costs something else, and is free for another time."""
    market_folder(tmp_path, "san_francisco", rules={"cancellation": request.param})
    return markets_in(tmp_path)


@pytest.fixture
def assigned(house: House) -> UUID:
    trip_id = house.requested()
    house.hold(trip_id)
    house.matched(trip_id)
    return trip_id


def after_a_deploy(house: House, changed: Markets) -> Hand:
    house.markets = changed
    return house.another_hand()


def rider_of(house: House, trip_id: UUID) -> UUID:
    return house.hand.trips.get(trip_id).rider_id


def test_a_late_cancellation_costs_the_promised_fee(house: House, assigned: UUID, changed: Markets) -> None:
    trips = after_a_deploy(house, changed).trips
    house.later(seconds=PROMISED.cancellation_grace_s + 1)

    trip = trips.cancel(rider_of(house, assigned), assigned, None)

    assert trip.cancellation_fee_minor == PROMISED.cancellation_fee_minor == 500
    house.settle(assigned)
    assert house.order(assigned, "cancellation_fee")["captured_minor"] == 500


def test_the_promised_time_is_free(house: House, assigned: UUID, changed: Markets) -> None:
    trips = after_a_deploy(house, changed).trips
    house.later(seconds=PROMISED.cancellation_grace_s)

    assert trips.cancel(rider_of(house, assigned), assigned, None).cancellation_fee_minor == 0


@pytest.mark.parametrize(("less_s", "fee_minor"), [(0, 500), (1, 0)])
def test_a_no_show_waits_for_the_promised_time_and_costs_the_promised_fee(
    house: House, assigned: UUID, changed: Markets, less_s: int, fee_minor: int
) -> None:
    trips = after_a_deploy(house, changed).trips
    driver_id = trips.get(assigned).driver_id
    assert driver_id is not None
    trips.arrive(driver_id, assigned)
    house.later(seconds=PROMISED.no_show_after_s - less_s)

    ended = trips.cancel(driver_id, assigned, None)

    assert (ended.state, ended.cancellation_fee_minor) == ("cancelled" if fee_minor else "matching", fee_minor)


def test_an_operators_verdict_costs_the_promised_fee(house: House, assigned: UUID, changed: Markets) -> None:
    trips = after_a_deploy(house, changed).trips

    ended = Operators(trips, changed, house.clock).cancel(UUID(int=9), assigned, Verdict.RIDER)

    assert ended.cancellation_fee_minor == 500


def test_a_ride_of_a_market_that_is_gone_is_cancelled_for_nothing(house: House, assigned: UUID) -> None:
    trips = after_a_deploy(house, Markets(())).trips

    ended = Operators(trips, house.markets, house.clock).cancel(UUID(int=9), assigned, Verdict.RIDER)

    assert ended.cancellation_fee_minor == 0


def test_quote_trip_and_log_name_the_version(house: House, assigned: UUID) -> None:
    trip = house.hand.trips.get(assigned)
    terms = PROMISED.frozen

    assert terms.version.startswith("cancellation-")
    assert trip.cancellation_terms == terms
    assert house.hand.pricing.given_quote(trip.quote_id).cancellation_terms == terms
    assert house.hand.trips.log(assigned)[0].data["cancellation_terms"] == terms.model_dump(mode="json")


def test_a_trip_from_before_the_promise_was_kept_goes_by_its_market(house: House, assigned: UUID) -> None:
    house.rows("update trips set cancellation_terms = null where id = %(id)s", id=assigned)
    house.later(minutes=3)

    assert house.hand.trips.cancel(rider_of(house, assigned), assigned, None).cancellation_fee_minor == 500


# The times of a fee's order and receipt.


def test_a_fee_has_the_times_of_its_own_steps_and_the_end_of_the_hold_that_it_took_over(
    house: House, assigned: UUID
) -> None:
    placed_at = house.order(assigned)["created_at"]
    house.later(minutes=3)
    house.hand.trips.cancel(rider_of(house, assigned), assigned, None)
    house.later(seconds=20)
    opened_at = house.now
    prepared = house.settlement(assigned)
    house.later(seconds=7)
    house.hand.settlement.record_capture(house.capture(prepared))
    taken_at = house.now
    house.later(hours=1)

    fee = house.order(assigned, "cancellation_fee")
    (receipt,) = house.rows("select kind, issued_at from receipts where trip_id = %(id)s", id=assigned)
    lasts = timedelta(seconds=SAN_FRANCISCO.terms.hold_lasts_s)
    assert (fee["created_at"], fee["updated_at"], fee["capture_before"]) == (opened_at, taken_at, placed_at + lasts)
    assert receipt == {"kind": "cancellation_fee", "issued_at": taken_at}
