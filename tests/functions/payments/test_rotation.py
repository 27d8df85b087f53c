"""Stripe's keys are rotated in the middle of rides, by the command's own code, and no payment notices."""

import json
from typing import Any

import httpx
import pytest
import stripe

from functions.payments import capture_payment, prepare_settlement, record_settlement
from local.cloud import Cloud as DeployedCloud
from local.rotating import RotationError, StripeKeys, accepted_at
from rideflow.kernel import stripe as kernel_stripe
from tests.adapters.payments.stripe_at_hand import SECRET
from tests.functions.cloud import client, forget_wiring
from tests.functions.payments.money import Money, step

NEW_SECRET, NEW_KEY = "whsec_new", "sk_test_new"
SIGN = stripe.WebhookSignature.generate_signature_header


@pytest.fixture
def keys(money: Money, monkeypatch: pytest.MonkeyPatch) -> StripeKeys:
    """The keys of the handlers' secret. Each request may read it again, however young what is known is."""
    monkeypatch.setattr(kernel_stripe, "_READ_AGAIN_AFTER_S", 0)
    keys = StripeKeys(DeployedCloud("test", client))
    keys.name = money.cloud.stripe_secret_arn
    return keys


def stored(money: Money) -> dict[str, Any]:
    read = client("secretsmanager").get_secret_value(SecretId=money.cloud.stripe_secret_arn)
    return dict(json.loads(read["SecretString"]))


def statuses(money: Money, *secrets: str) -> list[int]:
    """The answers to the same event, signed by each of the secrets."""
    body = json.dumps(money.stripe.events()[-1])
    return [money.webhook(body, SIGN(body, secret)).status for secret in secrets]


def settled(money: Money, trip_id: str) -> str:
    prepared = step(prepare_settlement, {"trip_id": trip_id, "driven_distance_m": None, "driven_duration_s": None})
    step(record_settlement, step(capture_payment, prepared))
    return money.state(trip_id)


def test_both_secrets_sign_during_a_rotation_and_the_old_one_is_refused_afterwards(
    money: Money, keys: StripeKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    money.add_card()  # the secret is known to the warm function
    assert statuses(money, SECRET.webhook_secret, NEW_SECRET) == [200, 400]

    keys.begin_webhook(NEW_SECRET)
    assert statuses(money, SECRET.webhook_secret, NEW_SECRET, "whsec_forged") == [200, 200, 400]

    assert keys.finish_webhook() == 1
    monkeypatch.setattr(kernel_stripe, "_SECRET_LIFETIME_S", -1)  # five minutes later
    assert statuses(money, SECRET.webhook_secret, NEW_SECRET) == [400, 200]


def test_a_ride_is_paid_whose_webhooks_are_signed_by_both_secrets_in_turn(money: Money, keys: StripeKeys) -> None:
    money.add_card()
    trip_id = money.requested()
    money.hold(trip_id)
    keys.begin_webhook(NEW_SECRET)
    money.ride(trip_id)
    assert settled(money, trip_id) == "paid"
    for number, event in enumerate(money.stripe.events()):
        body = json.dumps(event)
        assert money.webhook(body, SIGN(body, (SECRET.webhook_secret, NEW_SECRET)[number % 2])).status == 200
    money.deliver_news()
    (order,) = money.cloud.rows("select state from payment_orders where trip_id = %s", trip_id)
    assert order["state"] == "settled"
    assert sum(money.ledger(trip_id).values()) == 0


def test_a_ride_is_paid_although_the_api_key_is_replaced_in_its_middle(money: Money, keys: StripeKeys) -> None:
    money.add_card()
    trip_id = money.requested()
    money.hold(trip_id)
    money.ride(trip_id)
    money.stripe.control("/secrets", api_keys=[NEW_KEY, SECRET.api_key])
    keys.replace_api_key(NEW_KEY, accepted_at(money.stripe.url))
    money.stripe.control("/secrets", api_keys=[NEW_KEY])
    assert settled(money, trip_id) == "paid"
    captures = [each for each in money.stripe.requests() if each["path"].endswith("/capture")]
    assert [each["status"] for each in captures] == [401, 200]
    assert captures[0]["idempotency_key"] == captures[1]["idempotency_key"]
    assert money.stripe.totals()["captured_minor"] == money.ledger(trip_id)["stripe_clearing"]


def test_a_key_that_stays_refused_is_told_and_asked_for_no_more_than_twice(money: Money, keys: StripeKeys) -> None:
    money.stripe.control("/secrets", api_keys=[NEW_KEY])
    answer = money.begin_card()
    assert answer.status == 500
    assert [each["status"] for each in money.stripe.requests()] == [401]  # the secret has the same key still


def test_forged_signatures_do_not_read_the_secret_each(money: Money, monkeypatch: pytest.MonkeyPatch) -> None:
    money.add_card()
    reads: list[None] = []
    read = kernel_stripe.Secrets._read

    def counted(secrets: kernel_stripe.Secrets) -> kernel_stripe.StripeSecret:
        reads.append(None)
        return read(secrets)

    monkeypatch.setattr(kernel_stripe.Secrets, "_read", counted)
    forget_wiring()
    assert statuses(money, *["whsec_forged"] * 20) == [400] * 20
    assert len(reads) == 1


def test_repeating_a_step_changes_nothing(money: Money, keys: StripeKeys) -> None:
    for _ in range(2):
        keys.begin_webhook(NEW_SECRET)
        assert stored(money)["webhook_secret"] == NEW_SECRET
        assert stored(money)["former_webhook_secrets"] == [SECRET.webhook_secret]
    assert (keys.finish_webhook(), keys.finish_webhook()) == (1, 0)
    assert stored(money)["api_key"] == SECRET.api_key
    assert stored(money)["publishable_key"] == SECRET.publishable_key


def test_the_random_secret_of_a_new_stage_is_not_kept(money: Money, keys: StripeKeys) -> None:
    made = {"api_key": "unset", "webhook_secret": "RandomLetters"}
    client("secretsmanager").put_secret_value(SecretId=keys.name, SecretString=json.dumps(made))
    keys.begin_webhook(NEW_SECRET)
    assert stored(money)["former_webhook_secrets"] == []


@pytest.mark.parametrize(
    ("key", "why"),
    [
        ("pk_test_new", "begin with sk_ or rk_"),
        ("sk_live_new", "is a test key, and this is none"),
        ("sk_test_unknown", "does not accept this key"),
    ],
)
def test_a_key_that_cannot_be_right_is_refused(money: Money, keys: StripeKeys, key: str, why: str) -> None:
    before = stored(money)
    with pytest.raises(RotationError, match=why):
        keys.replace_api_key(key, accepted_at(money.stripe.url))
    assert stored(money) == before


def test_a_signing_secret_that_is_none_is_refused(keys: StripeKeys) -> None:
    with pytest.raises(RotationError, match="begin with whsec_"):
        keys.begin_webhook("sk_test_1")


def test_a_stage_that_is_not_deployed_and_a_stripe_that_is_away_are_sentences(keys: StripeKeys) -> None:
    keys.name = "rideflow/nowhere/stripe"
    with pytest.raises(RotationError, match="is the stage deployed"):
        keys.finish_webhook()
    with pytest.raises(RotationError, match="cannot be asked"):
        accepted_at("http://127.0.0.1:9")(NEW_KEY)


def test_a_restricted_key_may_not_read_the_balance(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(httpx, "get", lambda *_, **__: httpx.Response(403))
    assert accepted_at("http://127.0.0.1:9")("rk_test_1")
