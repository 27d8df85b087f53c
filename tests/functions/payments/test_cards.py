import itertools
import json
import random
import time
from typing import Any
from uuid import uuid4

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError

from tests.functions.lambda_events import signed_in
from tests.functions.payments.money import Money


def test_a_card_confirmed_with_stripe_is_listed_and_pays_for_trips(money: Money) -> None:
    setup = money.begin_card()
    assert setup.status == 201
    assert setup.body["client_secret"].startswith(setup.body["setup_intent_id"])
    assert setup.body["publishable_key"] == "pk_test_rides"
    assert money.cards() == []
    money.confirm_card(setup)
    money.deliver_webhooks()
    (card,) = money.cards()
    assert {name: card[name] for name in ("brand", "last4", "is_default")} == {
        "brand": "visa",
        "last4": "4242",
        "is_default": True,
    }
    assert [row["funding"] for row in money.cloud.rows("select funding from payment_methods")] == ["credit"]


def test_the_first_card_stays_the_default_when_another_is_added(money: Money) -> None:
    money.add_card("pm_card_visa")
    money.add_card("pm_card_mastercard")
    assert [(card["brand"], card["is_default"]) for card in money.cards()] == [("visa", True), ("mastercard", False)]


@pytest.mark.parametrize("seed", range(6))
def test_webhooks_of_cards_may_come_in_any_order_and_twice(money: Money, seed: int) -> None:
    for card in ("pm_card_visa", "pm_card_mastercard"):
        money.confirm_card(money.begin_card(), card)
    events = money.stripe.events() * 2
    random.Random(seed).shuffle(events)
    money.deliver_webhooks(events)
    cards = money.cards()
    assert sorted(card["brand"] for card in cards) == ["mastercard", "visa"]
    assert [card["is_default"] for card in cards].count(True) == 1


def test_a_card_of_which_stripe_has_told_half_is_not_listed(money: Money) -> None:
    money.confirm_card(money.begin_card())
    events = money.stripe.events()
    money.deliver_webhooks([event for event in events if event["type"] == "payment_method.attached"])
    assert money.cards() == []
    money.deliver_webhooks([event for event in events if event["type"] == "setup_intent.succeeded"])
    assert len(money.cards()) == 1


def test_the_same_key_gives_the_same_setup_and_a_rider_is_one_customer(money: Money) -> None:
    first = money.begin_card("the-phones-key")
    assert money.begin_card("the-phones-key").body == first.body
    assert money.begin_card().body["customer_ref"] == first.body["customer_ref"]
    assert len(money.stripe.client.v1.customers.list({}).data) == 1


def test_a_customer_that_was_made_but_not_noted_is_found_again(money: Money) -> None:
    """If the function died between Stripe and DynamoDB, the idempotency key finds the same customer."""
    made = money.stripe.client.v1.customers.create(
        {"metadata": {"rider_id": str(money.rider.id)}}, {"idempotency_key": f"customer-{money.rider.id}"}
    )
    assert money.begin_card().body["customer_ref"] == made.id


@pytest.mark.parametrize("seed", range(4))
def test_a_card_that_was_taken_away_at_stripe_pays_for_nothing_any_more(money: Money, seed: int) -> None:
    for card in ("pm_card_visa", "pm_card_mastercard"):
        money.confirm_card(money.begin_card(), card)
    (customer,) = money.stripe.client.v1.customers.list({}).data
    methods = money.stripe.client.v1.payment_methods.list({"customer": customer.id}).data
    visa = next(method for method in methods if method.card is not None and method.card.brand == "visa")
    money.stripe.client.v1.payment_methods.detach(visa.id)
    events = money.stripe.events()
    random.Random(seed).shuffle(events)
    money.deliver_webhooks(events)
    assert [(card["brand"], card["is_default"]) for card in money.cards()] == [("mastercard", True)]


def test_a_declined_card_is_never_listed(money: Money) -> None:
    setup = money.begin_card()
    with pytest.raises(Exception, match="declined"):
        money.confirm_card(setup, "pm_card_chargeDeclined")
    money.deliver_webhooks()
    assert money.cards() == []


def test_a_rider_sees_no_card_of_another(money: Money) -> None:
    money.add_card()
    money.rider = signed_in("rider")
    assert money.cards() == []


def test_without_a_key_or_the_permission_nothing_is_begun(money: Money) -> None:
    assert money.begin_card("short").status == 422
    money.rider = signed_in("driver")
    refused = money.begin_card(str(uuid4()))
    assert (refused.status, refused.code) == (403, "permission_missing")
    assert money.stripe.client.v1.customers.list({}).data == []


def test_a_stripe_that_does_not_answer_is_a_503_and_the_repeat_works(money: Money) -> None:
    money.stripe.fault("reset", times=3)
    refused = money.begin_card("the-phones-key")
    assert (refused.status, refused.code) == (503, "payment_provider_unavailable")
    assert money.begin_card("the-phones-key").status == 201


def renewals(money: Money) -> list[str]:
    """The webhooks of a card that was attached in 2034 and renewed twice, as Stripe sends them."""
    card = {"brand": "visa", "last4": "4242", "exp_month": 4, "funding": "credit"}
    return [
        json.dumps(
            {
                "id": f"evt_{created}",
                "object": "event",
                "type": "payment_method.updated",
                "created": created,
                "data": {"object": {"id": "pm_1", "customer": "cus_1", "card": {**card, "exp_year": year}}},
            }
        )
        for created, year in ((1_790_000_000, 2034), (1_790_000_060, 2038), (1_790_000_120, 2042))
    ]


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))), ids=str)
def test_a_webhook_that_comes_late_brings_no_older_face_back(money: Money, order: tuple[int, ...]) -> None:
    told = renewals(money)

    for position in (*order, *order):
        assert money.webhook(told[position]).status == 200

    assert [row["exp_year"] for row in money.cloud.rows("select exp_year from payment_methods")] == [2042]


@pytest.mark.parametrize("created", [None, "noon", -1, 2**40, True, [1]])
def test_a_webhook_of_no_time_or_of_the_future_keeps_no_newer_face_out(money: Money, created: object) -> None:
    first, second, _ = (json.loads(body) for body in renewals(money))

    assert money.webhook(json.dumps({**first, "created": created})).status == 200
    # The first counts as of when it came: the second's time is taken after that.
    newer = {**second, "id": "evt_newer", "created": int(time.time()) + 1}
    assert money.webhook(json.dumps(newer)).status == 200

    assert [row["exp_year"] for row in money.cloud.rows("select exp_year from payment_methods")] == [2038]


def test_a_face_that_cannot_be_recorded_brings_the_webhook_again(money: Money) -> None:
    """Stripe repeats a webhook that is not acknowledged; nothing of it is stored."""
    body = renewals(money)[0]
    money.cloud.rows("alter table payment_methods add constraint full_disk check (brand is null)")
    assert money.webhook(body).status == 500
    assert money.cloud.rows("select from stripe_events") == []

    money.cloud.rows("alter table payment_methods drop constraint full_disk")
    assert money.webhook(body).status == 200
    assert [row["last4"] for row in money.cloud.rows("select last4 from payment_methods")] == ["4242"]


@pytest.mark.parametrize(
    ("service", "operation"), [("secretsmanager", "GetSecretValue"), ("dynamodb", "GetItem"), ("dynamodb", "PutItem")]
)
def test_a_card_is_asked_for_again_later_if_a_service_of_ours_refuses_for_now(
    money: Money, monkeypatch: pytest.MonkeyPatch, service: str, operation: str
) -> None:
    """Such as Secrets Manager and DynamoDB in a peak: their answer is an error, and no broken connection."""
    call = BaseClient._make_api_call

    def throttled(client: BaseClient, name: str, asked: dict[str, Any]) -> Any:
        is_of_customers = asked.get("TableName", "payment-customers") == "payment-customers"
        if is_of_customers and (client.meta.service_model.service_name, name) == (service, operation):
            raise ClientError({"Error": {"Code": "ThrottlingException", "Message": "Rate exceeded"}}, name)
        return call(client, name, asked)

    with monkeypatch.context() as peak:
        peak.setattr(BaseClient, "_make_api_call", throttled)
        refused = money.begin_card()

    assert (refused.status, refused.body["code"]) == (503, "payment_provider_unavailable")
    assert money.begin_card().status == 201
