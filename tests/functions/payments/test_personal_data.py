"""Of a card and its holder ids leave riders: no other table, no event and no log line describes them."""

import json
import re
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.rows import scalar_row

from functions.payments import capture_payment, prepare_settlement, record_settlement
from tests.adapters.payments.stripe_at_hand import SECRET
from tests.functions.payments.money import Money, step
from tests.functions.payments.test_whole_payment import receipt

HOLDER: dict[str, Any] = {
    "name": "Augusta Lovelace", "email": "augusta@lovelace.example", "phone": "+442079460958",
    "address": {"line1": "12 St James Square", "city": "London", "postal_code": "SW1Y4JH", "country": "GB"},
}  # fmt: skip
MASTERCARD = {"number": "5555555555554444", "exp_month": 7, "exp_year": 2037, "cvc": "123"}
TOLD_BY_STRIPE = {
    "the brand": "mastercard",
    "the last four digits": r"(?<![0-9A-Za-z.-])4444(?![0-9A-Za-z])",  # in no id, and in no fraction of a second
    "the holder's name": "Lovelace",
    "the holder's e-mail": re.escape(HOLDER["email"]),
    "the holder's phone": "79460958",
    "the holder's address": "St James|SW1Y4JH",
}
RIDERS_OWN = {"riders", "payment_methods"}


def add_described_card(money: Money) -> None:
    """A phone that sends the card's holder with the card, as Stripe's forms do."""
    import stripe

    phone = stripe.StripeClient(SECRET.api_key.replace("sk_", "pk_"), base_addresses={"api": money.stripe.url})
    written: Any = {"type": "card", "card": MASTERCARD, "billing_details": HOLDER}
    method = phone.v1.payment_methods.create(written)
    money.confirm_card(money.begin_card(), method.id)
    money.deliver_webhooks()


def pay(money: Money) -> str:
    trip_id = money.requested()
    money.hold(trip_id)
    money.ride(trip_id)
    step(record_settlement, step(capture_payment, step(prepare_settlement, {"trip_id": trip_id})))
    money.deliver_webhooks()
    assert money.state(trip_id) == "paid"
    return trip_id


def described_in(text: str) -> list[str]:
    return [what for what, pattern in TOLD_BY_STRIPE.items() if re.search(pattern, text)]


def tables(money: Money) -> dict[str, str]:
    """The rows of every table, as one text for each."""
    with psycopg.connect(money.cloud.database_url, row_factory=scalar_row) as connection:
        names = connection.execute("select relname from pg_stat_user_tables order by relname").fetchall()
        rows = sql.SQL("select coalesce(string_agg(to_jsonb(it)::text, chr(10)), '') from {} as it")
        return {name: connection.execute(rows.format(sql.Identifier(name))).fetchone() or "" for name in names}


@pytest.fixture
def trip_id(money: Money) -> str:
    add_described_card(money)
    return pay(money)


@pytest.mark.usefixtures("trip_id")
def test_webhooks_describe_the_card_and_its_holder(money: Money) -> None:
    """The other tests search for what was really brought."""
    assert described_in(json.dumps(money.stripe.events())) == list(TOLD_BY_STRIPE)


@pytest.mark.usefixtures("trip_id")
def test_only_tables_of_riders_describe_the_card_and_no_table_its_holder(money: Money) -> None:
    found = tables(money)

    assert {name: what for name, text in found.items() if (what := described_in(text))} == {
        "payment_methods": ["the brand", "the last four digits"]
    }
    for name in ("payment_orders", "receipts", "ledger_entries", "stripe_events", "outbox"):
        assert found[name] != "", name


@pytest.mark.usefixtures("trip_id")
def test_no_event_describes_the_card_or_its_holder(money: Money) -> None:
    types = {event["detail-type"] for event in money.delivered}

    assert {"StripeEventReceived", "PaymentHeld", "PaymentCaptured"} <= types
    assert [event for event in money.delivered if described_in(json.dumps(event))] == []


def test_no_log_line_describes_the_card_or_its_holder(
    money: Money, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level("INFO"):
        add_described_card(money)
        pay(money)

    logged = [*(str(record.__dict__) for record in caplog.records), capsys.readouterr().out]
    assert "StripeEventIgnored" in logged[-1]
    assert described_in("\n".join(logged)) == []


def test_the_rider_still_sees_the_card_on_the_receipt(money: Money, trip_id: str) -> None:
    assert receipt(trip_id, money.rider).body["card"] == {"brand": "mastercard", "last4": "4444"}
