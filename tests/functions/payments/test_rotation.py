"""Stripe's keys are rotated in the middle of rides, by the command's own code, and no payment notices."""

import json
from collections.abc import Sequence
from typing import Any

import pytest
import stripe

from functions.payments import capture_payment, prepare_settlement, record_settlement
from local.cloud import Cloud as DeployedCloud
from local.rotating import RotationError, StripeKeys, probe_at
from rideflow.payments.providers.stripe import client as stripe_client
from tests.adapters.payments.stripe_at_hand import SECRET
from tests.functions.cloud import client, forget_wiring
from tests.functions.payments.money import Money, step
from tests.secret_versions import read_the_current_one

NEW_SECRET, NEW_KEY = "whsec_new", "sk_test_new"
SIGN = stripe.WebhookSignature.generate_signature_header


@pytest.fixture
def keys(money: Money, monkeypatch: pytest.MonkeyPatch) -> StripeKeys:
    """The keys of the handlers' secret. Each request may read it again, however young what is known is."""
    monkeypatch.setattr(stripe_client, "_READ_AGAIN_AFTER_S", 0)
    read_the_current_one(monkeypatch)
    keys = StripeKeys(DeployedCloud("test", client))
    keys.name, keys.customers = money.cloud.stripe_secret_arn, "payment-customers"
    return keys


def agreed(_stays: str, _go: Sequence[str]) -> bool:
    return True


def roll(money: Money, *restricted: str) -> None:
    """Stripe takes the new key beside the old one; with rights named, these are all it has."""
    rights = {NEW_KEY: list(restricted)} if restricted else {}
    money.stripe.control("/secrets", api_keys=[NEW_KEY, SECRET.api_key], rights=rights)


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

    assert keys.finish_webhook(agreed) == 1
    monkeypatch.setattr(stripe_client, "_SECRET_LIFETIME_S", -1)  # five minutes later
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
    keys.replace_api_key(NEW_KEY, probe_at(money.stripe.url))
    money.stripe.control("/secrets", api_keys=[NEW_KEY])
    assert settled(money, trip_id) == "paid"
    captures = [each for each in money.stripe.requests() if each["path"].endswith("/capture")]
    assert [each["status"] for each in captures] == [401, 200]
    assert captures[0]["idempotency_key"] == captures[1]["idempotency_key"]
    assert money.stripe.totals()["captured_minor"] == money.ledger(trip_id)["taken"]


def test_a_key_that_stays_refused_is_told_and_asked_for_no_more_than_twice(money: Money, keys: StripeKeys) -> None:
    money.stripe.control("/secrets", api_keys=[NEW_KEY])
    answer = money.begin_card()
    assert (answer.status, answer.code) == (503, "payment_provider_unavailable")
    assert [each["status"] for each in money.stripe.requests()] == [401]  # the secret has the same key still


def test_forged_signatures_do_not_read_the_secret_each(money: Money, monkeypatch: pytest.MonkeyPatch) -> None:
    money.add_card()
    reads: list[None] = []
    read = stripe_client.Secrets._read

    def counted(secrets: stripe_client.Secrets) -> stripe_client.StripeSecret:
        reads.append(None)
        return read(secrets)

    monkeypatch.setattr(stripe_client.Secrets, "_read", counted)
    forget_wiring()
    assert statuses(money, *["whsec_forged"] * 20) == [400] * 20
    assert len(reads) == 1


def test_repeating_a_step_changes_nothing(money: Money, keys: StripeKeys) -> None:
    for _ in range(2):
        keys.begin_webhook(NEW_SECRET)
        assert stored(money)["webhook_secret"] == NEW_SECRET
        assert stored(money)["former_webhook_secrets"] == [SECRET.webhook_secret]
    assert (keys.finish_webhook(agreed), keys.finish_webhook(agreed)) == (1, 0)
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
        keys.replace_api_key(key, probe_at(money.stripe.url))
    assert stored(money) == before


def test_a_signing_secret_that_is_none_is_refused(keys: StripeKeys) -> None:
    with pytest.raises(RotationError, match="begin with whsec_"):
        keys.begin_webhook("sk_test_1")


def test_a_stage_that_is_not_deployed_and_a_stripe_that_is_away_are_sentences(keys: StripeKeys) -> None:
    keys.name = "rideflow/nowhere/stripe"
    with pytest.raises(RotationError, match="is the stage deployed"):
        keys.finish_webhook(agreed)
    with pytest.raises(RotationError, match="cannot be asked"):
        probe_at("http://127.0.0.1:9")(NEW_KEY, None)


_SHOWN = {
    "customers:write": "Customers",
    "setup_intents:write": "SetupIntents",
    "payment_intents:write": "PaymentIntents",
}
_ENOUGH = tuple(_SHOWN)


@pytest.mark.parametrize("missing", _ENOUGH)
def test_a_restricted_key_that_may_only_read_what_functions_write_is_refused(
    money: Money, keys: StripeKeys, missing: str
) -> None:
    before, reads = stored(money), missing.replace(":write", ":read")
    roll(money, *(right if right != missing else reads for right in _ENOUGH))
    with pytest.raises(RotationError, match=f"may not write {_SHOWN[missing]}, "):
        keys.replace_api_key(NEW_KEY, probe_at(money.stripe.url))
    assert stored(money) == before


def test_a_restricted_key_that_suffices_is_taken_and_holds_money(money: Money, keys: StripeKeys) -> None:
    money.add_card()
    roll(money, *_ENOUGH)
    assert keys.replace_api_key(NEW_KEY, probe_at(money.stripe.url))
    money.stripe.control("/secrets", api_keys=[NEW_KEY])
    money.hold(money.requested())
    (order,) = money.cloud.rows("select state from payment_orders")
    assert order["state"] == "held"


def test_asking_about_a_key_makes_and_changes_nothing_at_stripe(money: Money, keys: StripeKeys) -> None:
    money.add_card()
    before = money.stripe.events()
    roll(money)
    keys.replace_api_key(NEW_KEY, probe_at(money.stripe.url))
    assert money.stripe.events() == before


def test_a_key_of_another_account_is_refused_since_it_knows_no_rider_of_the_stage(
    money: Money, keys: StripeKeys
) -> None:
    money.begin_card()
    before = stored(money)
    money.stripe.control("/reset")  # an account without our riders
    roll(money)
    with pytest.raises(RotationError, match="another account of Stripe"):
        keys.replace_api_key(NEW_KEY, probe_at(money.stripe.url))
    assert stored(money) == before


def test_a_key_is_taken_although_no_rider_can_be_asked_for(money: Money, keys: StripeKeys) -> None:
    roll(money)
    assert not keys.replace_api_key(NEW_KEY, probe_at(money.stripe.url))
    assert stored(money)["api_key"] == NEW_KEY


def test_a_key_is_not_taken_while_stripe_fails(money: Money, keys: StripeKeys) -> None:
    before = stored(money)
    roll(money)
    money.stripe.fault("error_before_work", method="POST", path="/v1/payment_intents/*")
    with pytest.raises(RotationError, match="answers 500"):
        keys.replace_api_key(NEW_KEY, probe_at(money.stripe.url))
    assert stored(money) == before


@pytest.mark.parametrize("present", ["unset", "sk_test_old", "sk_live_old"])
def test_prod_takes_no_test_key(money: Money, present: str) -> None:
    prod = StripeKeys(DeployedCloud("prod", client))
    prod.name, prod.customers = money.cloud.stripe_secret_arn, "payment-customers"
    before = stored(money) | {"api_key": present}
    client("secretsmanager").put_secret_value(SecretId=prod.name, SecretString=json.dumps(before))
    with pytest.raises(RotationError, match="no live key"):
        prod.replace_api_key(NEW_KEY, probe_at(money.stripe.url))
    assert stored(money) == before


def test_the_first_live_key_of_prod_is_taken(money: Money, monkeypatch: pytest.MonkeyPatch) -> None:
    read_the_current_one(monkeypatch)
    prod = StripeKeys(DeployedCloud("prod", client))
    prod.name, prod.customers = money.cloud.stripe_secret_arn, "payment-customers"
    client("secretsmanager").put_secret_value(SecretId=prod.name, SecretString=json.dumps({"api_key": "unset"}))
    money.stripe.control("/secrets", api_keys=["sk_live_1"])
    prod.replace_api_key("sk_live_1", probe_at(money.stripe.url))
    assert stored(money) == {"api_key": "sk_live_1"}


def test_a_rotation_meanwhile_is_not_lost(money: Money, keys: StripeKeys) -> None:
    def meanwhile(_key: str, _customer: str | None) -> None:
        keys.begin_webhook(NEW_SECRET)

    with pytest.raises(RotationError, match="Somebody else"):
        keys.replace_api_key(NEW_KEY, meanwhile)
    assert (stored(money)["api_key"], stored(money)["webhook_secret"]) == (SECRET.api_key, NEW_SECRET)
    keys.replace_api_key(NEW_KEY, lambda *_: None)
    assert (stored(money)["api_key"], stored(money)["webhook_secret"]) == (NEW_KEY, NEW_SECRET)


def test_a_secret_that_came_while_a_person_thought_is_not_removed(money: Money, keys: StripeKeys) -> None:
    keys.begin_webhook(NEW_SECRET)

    def late(_stays: str, _go: Sequence[str]) -> bool:
        return keys.begin_webhook("whsec_newest")

    with pytest.raises(RotationError, match="Somebody else"):
        keys.finish_webhook(late)
    assert stored(money)["former_webhook_secrets"] == [NEW_SECRET, SECRET.webhook_secret]


def test_every_step_leaves_one_version_to_read(money: Money, keys: StripeKeys) -> None:
    keys.begin_webhook(NEW_SECRET)
    keys.finish_webhook(agreed)
    listed = client("secretsmanager").list_secret_version_ids(SecretId=keys.name)["Versions"]
    assert sorted(label for each in listed for label in each["VersionStages"]) == ["AWSCURRENT", "AWSPREVIOUS"]


def test_the_former_secret_given_by_mistake_does_not_become_the_one_that_stays(money: Money, keys: StripeKeys) -> None:
    keys.begin_webhook(NEW_SECRET)
    before = stored(money)
    with pytest.raises(RotationError, match="whsec_…ides is a former secret"):
        keys.begin_webhook(SECRET.webhook_secret)
    assert stored(money) == before


def test_nothing_is_removed_unless_whoever_reads_what_stays_agrees(money: Money, keys: StripeKeys) -> None:
    keys.begin_webhook(NEW_SECRET)
    before, shown = stored(money), list[tuple[str, Sequence[str]]]()

    def refuses(stays: str, go: Sequence[str]) -> bool:
        shown.append((stays, go))
        return False

    with pytest.raises(RotationError, match="Nothing is removed"):
        keys.finish_webhook(refuses)
    assert (stored(money), shown) == (before, [("whsec_…_new", ["whsec_…ides"])])
