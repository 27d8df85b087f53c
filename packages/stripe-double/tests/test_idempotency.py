import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
import stripe

from running_double import API_KEY, DEADLINE_S, Double

AUTHORIZED = {"Authorization": f"Bearer {API_KEY}"}


def _post(double: Double, path: str, key: str, form: dict[str, str]) -> httpx.Response:
    return double.web.post(f"{double.url}{path}", data=form, headers=AUTHORIZED | {"Idempotency-Key": key})


def test_the_same_key_and_body_answer_the_same_thing_and_say_so(double: Double) -> None:
    first = _post(double, "/v1/customers", "k1", {"name": "Ada"})
    again = _post(double, "/v1/customers", "k1", {"name": "Ada"})
    assert again.content == first.content
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.headers["Original-Request"] == first.headers["Request-Id"] != again.headers["Request-Id"]
    assert len(double.client.v1.customers.list().data) == 1


def test_a_repeat_gets_the_answer_of_its_first_request(double: Double) -> None:
    held = double.hold()
    options: stripe.RequestOptions = {"idempotency_key": "k1"}
    updated = double.client.v1.payment_intents.update(held.id, {"metadata": {"a": "1"}}, options)
    double.client.v1.payment_intents.capture(held.id)
    again = double.client.v1.payment_intents.update(held.id, {"metadata": {"a": "1"}}, options)
    assert (again.status, updated.status) == ("requires_capture", "requires_capture")


def test_the_same_key_with_another_body_is_an_error(double: Double) -> None:
    double.client.v1.customers.create({"name": "Ada"}, {"idempotency_key": "k1"})
    with pytest.raises(stripe.IdempotencyError, match="same parameters") as raised:
        double.client.v1.customers.create({"name": "Bob"}, {"idempotency_key": "k1"})
    assert raised.value.http_status == 400
    assert len(double.client.v1.customers.list().data) == 1


def test_the_same_key_at_another_address_is_an_error(double: Double) -> None:
    double.client.v1.customers.create({}, {"idempotency_key": "k1"})
    with pytest.raises(stripe.IdempotencyError, match="same endpoint"):
        double.client.v1.refunds.create({}, {"idempotency_key": "k1"})


def test_a_decline_is_kept_too(double: Double) -> None:
    customer, method = double.cardholder("pm_card_chargeCustomerFail")
    given: Any = {"amount": 500, "currency": "usd", "customer": customer, "payment_method": method}
    given |= {"confirm": True, "off_session": True}
    errors = []
    for _ in range(2):
        with pytest.raises(stripe.CardError) as raised:
            double.client.v1.payment_intents.create(given, {"idempotency_key": "k1"})
        errors.append(raised.value)
    assert errors[0].json_body == errors[1].json_body
    assert errors[1].headers is not None
    assert errors[1].headers["Idempotent-Replayed"] == "true"
    assert len(double.client.v1.payment_intents.list().data) == 1


@pytest.mark.parametrize("kind", ["error_before_work", "error_after_work"])
def test_a_500_is_kept_too(double: Double, kind: str) -> None:
    double.fault(kind)
    first = _post(double, "/v1/customers", "k1", {"name": "Ada"})
    again = _post(double, "/v1/customers", "k1", {"name": "Ada"})
    assert (first.status_code, again.status_code) == (500, 500)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert first.headers["Stripe-Should-Retry"] == "false"
    assert len(double.client.v1.customers.list().data) == (1 if kind == "error_after_work" else 0)


def test_a_validation_error_leaves_the_key_free(double: Double) -> None:
    given: Any = {"amount": 10, "currency": "usd"}
    with pytest.raises(stripe.InvalidRequestError):
        double.client.v1.payment_intents.create(given, {"idempotency_key": "k1"})
    given["amount"] = 500
    made = double.client.v1.payment_intents.create(given, {"idempotency_key": "k1"})
    assert made.amount == 500


def test_a_refusal_after_work_began_is_kept(double: Double) -> None:
    held = double.hold()
    double.client.v1.payment_intents.cancel(held.id)
    first = _post(double, f"/v1/payment_intents/{held.id}/capture", "k1", {})
    again = _post(double, f"/v1/payment_intents/{held.id}/capture", "k1", {})
    assert (first.status_code, again.status_code) == (400, 400)
    assert again.headers["Idempotent-Replayed"] == "true"


def test_a_get_takes_no_notice_of_a_key(double: Double) -> None:
    customer = double.client.v1.customers.create({"name": "Ada"}, {"idempotency_key": "k1"})
    headers = AUTHORIZED | {"Idempotency-Key": "k1"}
    answer = double.web.get(f"{double.url}/v1/customers/{customer.id}", headers=headers)
    assert answer.status_code == 200
    assert "Idempotent-Replayed" not in answer.headers


def test_a_key_is_free_again_after_a_day(double: Double) -> None:
    first = _post(double, "/v1/customers", "k1", {"name": "Ada"})
    double.control("/clock", advance_s=24 * 3600)
    again = _post(double, "/v1/customers", "k1", {"name": "Bob"})
    assert first.json()["id"] != again.json()["id"]


def test_a_key_is_at_most_255_characters(double: Double) -> None:
    assert _post(double, "/v1/customers", "k" * 256, {}).status_code == 400


@pytest.mark.race
def test_a_key_still_at_work_is_a_conflict_that_the_library_waits_out(double: Double) -> None:
    double.fault("slow", seconds=0.5)
    with ThreadPoolExecutor(2) as pool:
        slow = pool.submit(_post, double, "/v1/customers", "k1", {"name": "Ada"})
        _wait_until_one_is_at_work(double)
        conflict = _post(double, "/v1/customers", "k1", {"name": "Ada"})
        assert (conflict.status_code, conflict.json()["error"]["code"]) == (409, "idempotency_key_in_use")
        patient = double.with_client(retries=20)
        customer = patient.v1.customers.create({"name": "Ada"}, {"idempotency_key": "k1"})
        assert slow.result().json()["id"] == customer.id
    assert len(double.client.v1.customers.list().data) == 1


def _wait_until_one_is_at_work(double: Double) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not any(asked["fault"] for asked in double.shown("/requests")["requests"]):
        assert time.monotonic() < deadline, "the request did not arrive"


@pytest.mark.race
def test_two_hundred_creates_at_once_with_one_key_make_one_object(double: Double) -> None:
    customer, method = double.cardholder()
    given: Any = {"amount": 2000, "currency": "usd", "customer": customer, "payment_method": method}
    given |= {"capture_method": "manual", "confirm": True, "off_session": True}
    double.fault("slow", seconds=0.2)
    client = double.with_client(retries=20)

    def create(_number: int) -> str:
        return client.v1.payment_intents.create(given, {"idempotency_key": "k1"}).id

    with ThreadPoolExecutor(40) as pool:
        ids = Counter(pool.map(create, range(200)))
    assert list(ids.values()) == [200]
    assert double.shown("/totals")["held_minor"] == 2000
    assert double.event_types().count("payment_intent.created") == 1
