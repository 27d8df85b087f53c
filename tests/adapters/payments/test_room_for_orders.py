"""The tables have room for orders of kinds, payers and providers that no code opens yet (ADR 152)."""

from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from rideflow.payments.orders.store import PostgresOrders
from tests.adapters.payments.ride import House

_COLUMNS = (
    "id, trip_id, kind, number, payer_kind, payer_id, rider_id, driver_id, state, amount_minor, held_minor,"
    " captured_minor, credit_minor, of_order_id, currency, provider, customer_ref, method_ref, terms, provider_ref,"
    " hold_order_id, created_at, updated_at"
)


@pytest.fixture
def paid(house: House) -> dict[str, Any]:
    """The order of a ride that was paid by card."""
    trip_id = house.completed()
    house.settle(trip_id)
    return house.order(trip_id)


def opened(house: House, like: dict[str, Any], **changes: object) -> UUID:
    """Another order with the columns of `like`, but for the changes."""
    row = {name: like[name] for name in _COLUMNS.split(", ")} | {"id": uuid4(), "provider_ref": None, "held_minor": 0}
    row |= {"captured_minor": 0, "hold_order_id": None, "terms": "{}"} | changes
    values = ", ".join(f"%({name})s" for name in row)
    house.owner.execute(f"insert into payment_orders ({', '.join(row)}) values ({values})", row)
    return UUID(str(row["id"]))


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "tip"},
        {"kind": "tip", "number": 2},
        {"kind": "refund", "state": "processing"},
        {"kind": "top_up", "trip_id": None, "driver_id": None},
        {"kind": "cash_fare", "provider": "cash", "customer_ref": None, "method_ref": None, "captured_minor": 1250},
        {"kind": "debt", "trip_id": None, "captured_minor": 1250},
        {"kind": "invoice", "payer_kind": "organisation", "trip_id": None, "rider_id": None, "driver_id": None},
        {"kind": "fare", "number": 2, "payer_id": uuid4(), "credit_minor": 300},
        {"kind": "fare", "number": 2, "provider": "paypal", "provider_ref": "the same reference elsewhere"},
    ],
    ids=lambda changes: " ".join(str(changes.get(name, "")) for name in ("kind", "number", "provider")).strip(),
)
def test_an_order_of_a_kind_to_come_fits(house: House, paid: dict[str, Any], changes: dict[str, object]) -> None:
    fits = opened(house, paid, of_order_id=paid["id"], **changes)

    (row,) = house.rows("select * from payment_orders where id = %(id)s", id=fits)
    assert row["of_order_id"] == paid["id"]
    assert {name: row[name] for name in changes} == changes


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "tip", "trip_id": None},
        {"kind": "cancellation_fee", "rider_id": None},
        {"kind": "tip", "method_ref": None},
        {"kind": "tip", "payer_id": None},
        {"kind": "tip", "number": 0},
        {"kind": "tip", "credit_minor": 10**6},
        {"kind": "fare"},
    ],
    ids=str,
)
def test_an_order_that_makes_no_sense_is_refused(
    house: House, paid: dict[str, Any], changes: dict[str, object]
) -> None:
    with pytest.raises(psycopg.errors.IntegrityError):
        opened(house, paid, **changes)


def test_no_more_is_captured_than_the_hold_on_record(house: House, paid: dict[str, Any]) -> None:
    with pytest.raises(psycopg.errors.CheckViolation):
        house.owner.execute(
            "update payment_orders set captured_minor = held_minor + 1 where id = %(id)s", {"id": paid["id"]}
        )


def test_one_hold_is_captured_for_one_order_of_its_provider(house: House, paid: dict[str, Any]) -> None:
    another = {"kind": "tip", "provider_ref": paid["provider_ref"], "captured_minor": 100}
    opened(house, paid, **another, provider="paypal")

    with pytest.raises(psycopg.errors.UniqueViolation):
        opened(house, paid, **another, number=2)


def test_what_credit_has_paid_is_not_taken_from_the_card(house: House) -> None:
    trip_id = house.completed()
    fare = house.settlement(trip_id).amount_minor
    assert fare is not None
    house.owner.execute(
        "update payment_orders set credit_minor = 200 where trip_id = %(trip_id)s", {"trip_id": trip_id}
    )

    assert house.settlement(trip_id).amount_minor == fare - 200


def test_a_second_order_of_a_kind_is_opened_by_its_number(house: House, paid: dict[str, Any]) -> None:
    orders = PostgresOrders(house.hand.database)
    (fare,) = orders.of_trip(paid["trip_id"])
    tip = fare.model_copy(update={"id": uuid4(), "kind": "tip", "state": "pending", "provider_ref": None})

    assert [orders.add(tip), orders.add(tip.model_copy(update={"id": uuid4()}))] == [True, False]
    assert orders.add(tip.model_copy(update={"id": uuid4(), "number": 2}))
