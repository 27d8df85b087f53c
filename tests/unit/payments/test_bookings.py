"""The journals of an order: who is charged, who is owed, and what is left on no account."""

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from random import Random
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rideflow.ledger.model import Account, Journal, balance
from rideflow.payments.orders import bookings
from rideflow.payments.orders.bookings import BALANCE, CAPTURES, DUES, HOLDS, PAYABLE, PROMOTIONS, REVENUE, TAXES
from rideflow.payments.orders.model import Order
from rideflow.pricing.model import FareBreakdown, LineKind
from tests.unit.payments.orders import DRIVER, NOW, RIDER, an_order

amounts_of_lines: st.SearchStrategy[dict[LineKind, int]] = st.fixed_dictionaries(
    {kind: st.integers(0, 20_000) for kind in ("base", "distance", "time", "surge", "tolls", "fees", "tax", "tip")}
)
shares = st.decimals(0, 1, places=4)


def sharing(order: Order, share: Decimal) -> Order:
    return order.model_copy(update={"terms": order.terms.model_copy(update={"driver_share": share})})


def moved(*journals: Journal) -> dict[Account, int]:
    """What the journals leave on each account, on its normal side."""
    sums: Counter[Account] = Counter()
    for journal in journals:
        for line in journal.lines:
            sums[line.account] += balance(line.account.kind, line.amount_minor)
    return {account: minor for account, minor in sums.items() if minor}


def usd(kind: Any) -> Account:
    return bookings.platforms(kind, "USD")


@given(amounts_of_lines, st.integers(0, 5_000), st.integers(0, 5_000), st.booleans(), shares)
def test_every_cent_of_a_charge_has_one_owner(
    amounts: dict[LineKind, int], discount_minor: int, funded_minor: int, driven: bool, share: Decimal
) -> None:
    total = sum(amounts.values())
    discount_minor = min(discount_minor, total)
    funded_minor = min(funded_minor, discount_minor)
    breakdown = FareBreakdown.of("USD", {**amounts, "discount": -discount_minor}, funded_minor)
    order = sharing(an_order(breakdown, driver_id=DRIVER if driven else None), share)

    charge, capture = bookings.captured(order, NOW)
    left = moved(charge, capture)

    owed = left.get(bookings.payable(DRIVER, "USD"), 0)
    assert left.get(bookings.dues(RIDER, "USD"), 0) == 0
    assert left.get(usd(CAPTURES), 0) == total - discount_minor
    assert left.get(usd(TAXES), 0) == amounts["tax"]
    assert left.get(usd(PROMOTIONS), 0) == funded_minor
    assert owed + left.get(usd(REVENUE), 0) == total - discount_minor + funded_minor - amounts["tax"]
    through = amounts["tolls"] + amounts["tip"]
    fare = total - discount_minor + funded_minor - amounts["tax"] - through
    expected = through + fare * share if driven else Decimal(0)
    assert abs(owed - expected) <= Decimal("0.5")


def wrongly_charged(seed: int, cases: int) -> Iterator[Order]:
    """Of random fares, those whose lines do not sum to what was paid, or whose share is off by over half a cent."""
    chance = Random(seed)
    kinds: tuple[LineKind, ...] = ("base", "distance", "time", "waiting", "surge", "tolls", "fees", "tax", "tip")
    for _ in range(cases):
        amounts: dict[LineKind, int] = {kind: chance.choice((0, chance.randint(0, 9_999))) for kind in kinds}
        discount_minor = chance.randint(0, sum(amounts.values()))
        funded_minor = chance.choice((0, chance.randint(0, discount_minor), discount_minor))
        share = Decimal(chance.randint(0, 10_000)).scaleb(-4)
        breakdown = FareBreakdown.of("USD", {**amounts, "discount": -discount_minor}, funded_minor)
        order = sharing(an_order(breakdown), share)

        charge = list(bookings.charge_lines(order))

        owed = {line.account.kind: balance(line.account.kind, line.amount_minor) for line in charge}
        through = amounts["tolls"] + amounts["tip"]
        fare = order.captured_minor + funded_minor - amounts["tax"] - through
        if not (
            sum(line.amount_minor for line in breakdown.lines) == order.captured_minor
            and sum(line.amount_minor for line in charge) == 0
            and owed[PAYABLE] + owed[REVENUE] == fare + through
            and abs(owed[PAYABLE] - through - Fraction(share) * fare) <= Fraction(1, 2)
        ):
            yield order


def test_the_charges_of_random_fares_sum_to_what_was_paid() -> None:
    assert next(wrongly_charged(seed=1, cases=5_000), None) is None


@pytest.mark.long
def test_the_charges_of_a_quarter_of_a_million_fares_sum_to_what_was_paid() -> None:
    assert next(wrongly_charged(seed=2, cases=250_000), None) is None


@pytest.mark.parametrize(("funded_minor", "drivers", "expense"), [(1_000, 1_600, 1_000), (0, 800, 0)])
def test_a_promotion_that_the_platform_funds_costs_the_driver_nothing(
    funded_minor: int, drivers: int, expense: int
) -> None:
    """Half of a fare of 20.00: the driver of a funded promotion gets 16.00 of it."""
    breakdown = FareBreakdown.of("USD", {"base": 2_000, "discount": -1_000}, funded_minor)

    left = moved(*bookings.captured(an_order(breakdown), NOW))

    assert left[bookings.payable(DRIVER, "USD")] == drivers
    assert left.get(usd(PROMOTIONS), 0) == expense
    assert left[usd(CAPTURES)] == 1_000


@pytest.mark.parametrize(
    ("amounts", "share", "driver", "platform"),
    [
        ({"base": 10}, "0.85", 8, 2),  # 8.5 and 1.5: both are rounded to even
        ({"base": 30}, "0.85", 26, 4),
        ({"base": 5}, "0.5", 3, 2),  # both would be rounded down to even: the driver gets the cent
        ({"base": 7}, "0.5", 4, 3),
        ({"base": 1}, "0.8", 1, 0),
        ({"base": 100, "tolls": 500, "discount": -590}, "0.85", 500 - 416, -74),  # -416.5 and -73.5
    ],
)
def test_a_cent_that_cannot_be_divided_has_an_owner_by_a_rule(
    amounts: dict[LineKind, int], share: str, driver: int, platform: int
) -> None:
    left = moved(*bookings.captured(sharing(an_order(FareBreakdown.of("USD", amounts)), Decimal(share)), NOW))

    assert (left[bookings.payable(DRIVER, "USD")], left.get(usd(REVENUE), 0)) == (driver, platform)


def test_a_discount_above_the_fare_leaves_the_tip_to_the_driver() -> None:
    breakdown = FareBreakdown.of("USD", {"base": 1_000, "tip": 300, "discount": -1_000}, 1_000)

    left = moved(*bookings.captured(an_order(breakdown), NOW))

    assert left[bookings.payable(DRIVER, "USD")] == 800 + 300


def test_the_driver_gets_four_fifths_of_the_fare_and_all_of_tolls_and_tip() -> None:
    breakdown = FareBreakdown.of("USD", {"base": 1_000, "tolls": 700, "tip": 200, "tax": 90})

    assert moved(*bookings.captured(an_order(breakdown), NOW)) == {
        usd(CAPTURES): 1_990,
        usd(TAXES): 90,
        usd(REVENUE): 200,
        bookings.payable(DRIVER, "USD"): 1_700,
    }


def test_a_fee_for_a_trip_without_a_driver_is_the_platforms() -> None:
    left = moved(*bookings.captured(an_order(None, driver_id=None), NOW))

    assert left == {usd(CAPTURES): 500, usd(REVENUE): 500}


@given(st.integers(0, 100_000))
def test_another_amount_at_the_provider_is_the_riders_debt_or_credit(captured_minor: int) -> None:
    breakdown = FareBreakdown.of("USD", {"base": 1_000})

    left = moved(*bookings.captured(an_order(breakdown, captured_minor=captured_minor), NOW))

    assert left.get(usd(CAPTURES), 0) == captured_minor
    assert left.get(bookings.dues(RIDER, "USD"), 0) == 1_000 - captured_minor
    assert left[bookings.payable(DRIVER, "USD")] == 800


def test_an_amount_of_zero_is_charged_and_paid() -> None:
    order = an_order(FareBreakdown.of("USD", {}))

    charge, capture = bookings.captured(order, NOW)

    assert (charge.lines, capture.lines) == ((), ())
    assert capture.resolves == bookings.held(order.model_copy(update={"held_minor": 700}), NOW).cause


def test_a_hold_is_resolved_by_its_capture_or_by_its_release() -> None:
    order = an_order(FareBreakdown.of("USD", {"base": 1_000}))
    hold = bookings.held(order, NOW)

    assert hold.phase == "pending"
    assert moved(hold) == {usd(CAPTURES): 1_000, usd(HOLDS): 1_000}
    assert bookings.captured(order, NOW)[1].resolves == hold.cause
    release = bookings.released(order, NOW)
    assert (release.phase, release.resolves, release.lines) == ("void", hold.cause, ())


def test_a_cancellation_fee_resolves_the_hold_of_the_fare() -> None:
    fare = an_order(FareBreakdown.of("USD", {"base": 1_000}))
    fee = an_order(FareBreakdown.of("USD", {"fees": 500}), id=UUID(int=9), kind="cancellation_fee")

    assert bookings.captured(fee, NOW)[1].resolves == bookings.held(fare, NOW).cause
    assert bookings.released(fee, NOW).resolves == bookings.held(fare, NOW).cause


def test_a_confirmed_payment_leaves_the_clearing_account() -> None:
    order = an_order(FareBreakdown.of("USD", {"base": 1_000}))

    left = moved(*bookings.captured(order, NOW), bookings.confirmed(order, NOW))

    assert (left.get(usd(CAPTURES), 0), left[usd(BALANCE)]) == (0, 1_000)


@pytest.mark.parametrize("kind", ["fare", "cancellation_fee"])
def test_each_journal_names_its_cause_in_words(kind: str) -> None:
    order = an_order(FareBreakdown.of("USD", {"base": 1_000}), kind=kind)
    words = kind.replace("_", " ")

    journals = (*bookings.captured(order, NOW), bookings.held(order, NOW), bookings.released(order, NOW))

    assert [journal.memo for journal in journals] == [
        f"{words.capitalize()} of trip {order.trip_id}",
        f"Payment of the {words} of trip {order.trip_id}",
        f"Hold for the {words} of trip {order.trip_id}",
        f"Release of the hold for the {words} of trip {order.trip_id}",
    ]
    assert {journal.cause.step for journal in journals} == {"charge", "capture", "hold", "release"}


def test_only_people_have_balances_in_rows() -> None:
    assert {kind.name for kind in bookings.ACCOUNT_KINDS if not kind.shared} == {DUES.name, "driver_payable"}
    assert {kind.name for kind in bookings.ACCOUNT_KINDS if kind.clearing} == {HOLDS.name, CAPTURES.name}
