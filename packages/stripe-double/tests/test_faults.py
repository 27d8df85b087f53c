import httpx
import pytest
import stripe

from running_double import API_KEY, Double

CAPTURE = "/v1/payment_intents/*/capture"


@pytest.mark.parametrize("kind", ["timeout_after_work", "close_after_work", "reset"])
def test_a_retry_after_a_lost_answer_charges_once(double: Double, kind: str) -> None:
    held = double.hold(2000)
    double.fault(kind, path=CAPTURE, times=2)
    client = double.with_client(retries=3, timeout_s=0.3)
    taken = client.v1.payment_intents.capture(held.id, {"amount_to_capture": 1500})
    assert taken.status == "succeeded"
    assert double.shown("/totals")["captured_minor"] == 1500
    assert len(double.client.v1.balance_transactions.list().data) == 1
    asked = [each for each in double.shown("/requests")["requests"] if each["path"].endswith("/capture")]
    assert [each["status"] for each in asked] == [None, None, 200]
    assert len({each["idempotency_key"] for each in asked}) == 1
    assert asked[-1]["replayed"] is (kind != "reset")


@pytest.mark.parametrize(("kind", "done"), [("timeout_after_work", True), ("close_after_work", True), ("reset", False)])
def test_a_connection_may_close_before_or_after_the_work(double: Double, kind: str, done: bool) -> None:
    held = double.hold()
    double.fault(kind, path=CAPTURE)
    with pytest.raises(stripe.APIConnectionError):
        double.with_client(timeout_s=0.3).v1.payment_intents.capture(held.id)
    status = double.client.v1.payment_intents.retrieve(held.id).status
    assert status == ("succeeded" if done else "requires_capture")


def test_a_hanging_answer_can_end_by_itself(double: Double) -> None:
    double.fault("timeout_after_work", seconds=0.05)
    with pytest.raises(httpx.RemoteProtocolError):
        double.web.post(f"{double.url}/v1/customers", headers={"Authorization": f"Bearer {API_KEY}"})
    assert len(double.client.v1.customers.list().data) == 1


def test_a_500_before_the_work_that_is_not_remembered_is_worth_a_retry(double: Double) -> None:
    double.fault("error_before_work", remember=False, status=503)
    created = double.with_client(retries=1).v1.customers.create({"name": "Ada"})
    assert created.name == "Ada"
    assert len(double.client.v1.customers.list().data) == 1


def test_a_429_does_nothing_and_leaves_the_key_free(double: Double) -> None:
    double.fault("rate_limit")
    with pytest.raises(stripe.RateLimitError):
        double.client.v1.customers.create({"name": "Ada"}, {"idempotency_key": "k1"})
    assert double.client.v1.customers.create({"name": "Ada"}, {"idempotency_key": "k1"}).name == "Ada"


def test_a_slow_answer_comes_in_the_end(double: Double) -> None:
    double.fault("slow", seconds=0.3, method="*")
    with pytest.raises(stripe.APIConnectionError):
        double.with_client(timeout_s=0.1).v1.customers.list()
    assert double.client.v1.customers.list().data == []


def test_a_fault_hits_only_the_trip_it_names(double: Double) -> None:
    spared, hit = (double.hold(metadata={"order_id": order}) for order in ("t1", "t2"))
    double.fault("rate_limit", metadata={"order_id": "t2"}, path=CAPTURE, times=None)
    assert double.client.v1.payment_intents.capture(spared.id).status == "succeeded"
    for _ in range(2):
        with pytest.raises(stripe.RateLimitError):
            double.client.v1.payment_intents.capture(hit.id)


def test_a_fault_hits_only_the_customer_it_names(double: Double) -> None:
    spared, hit = double.hold(), double.hold()
    double.fault("rate_limit", customer=hit.customer)
    assert double.client.v1.payment_intents.cancel(spared.id).status == "canceled"
    with pytest.raises(stripe.RateLimitError):
        double.client.v1.payment_intents.cancel(hit.id)


def test_a_fault_can_let_some_requests_pass_first_and_can_be_forgotten(double: Double) -> None:
    double.fault("rate_limit", skip=1, times=1)
    double.client.v1.customers.create()
    with pytest.raises(stripe.RateLimitError):
        double.client.v1.customers.create()
    double.client.v1.customers.create()
    asked = double.fault("rate_limit", times=None)
    assert asked["id"] in [fault["id"] for fault in double.shown("/faults")["faults"]]
    double.web.delete(f"{double.url}/_double/faults/{asked['id']}")
    double.client.v1.customers.create()


def test_a_capture_can_be_declined_and_the_hold_is_lost(double: Double) -> None:
    held = double.hold(2000, metadata={"order_id": "t1"})
    double.fault("decline", operation="capture", metadata={"order_id": "t1"}, decline="insufficient_funds")
    with pytest.raises(stripe.CardError) as raised:
        double.client.v1.payment_intents.capture(held.id)
    assert raised.value.error is not None
    assert raised.value.error.decline_code == "insufficient_funds"
    assert double.client.v1.payment_intents.retrieve(held.id).status == "requires_payment_method"
    assert double.shown("/totals")["held_minor"] == 0
    assert double.event_types()[-2:] == ["charge.failed", "payment_intent.payment_failed"]


def test_a_declined_capture_can_leave_the_hold_for_another_try(double: Double) -> None:
    held = double.hold()
    double.fault("decline", operation="capture", payment_intent=held.id, keep_authorization=True)
    with pytest.raises(stripe.CardError):
        double.client.v1.payment_intents.capture(held.id)
    assert double.client.v1.payment_intents.capture(held.id).status == "succeeded"


def test_a_charge_can_be_declined_for_one_customer(double: Double) -> None:
    customer, method = double.cardholder()
    double.fault("decline", operation="charge", customer=customer, decline="expired_card", times=None)
    with pytest.raises(stripe.CardError) as raised:
        double.hold(customer=customer, payment_method=method)
    assert raised.value.code == "expired_card"
    assert double.hold().status == "requires_capture"


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"kind": "flood"},
        {"kind": "slow", "seconds": -1},
        {"kind": "decline", "decline": "bad_hair"},
        {"kind": "slow", "x": 1},
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(double: Double, asked: dict[str, object]) -> None:
    answer = double.web.post(f"{double.url}/_double/faults", json=asked)
    assert answer.status_code == 422
    assert answer.json()["problem"]


def test_a_reset_forgets_everything_but_the_webhook_endpoints(double: Double) -> None:
    double.hold()
    double.client.v1.webhook_endpoints.create({"url": "http://127.0.0.1:9/", "enabled_events": ["charge.failed"]})
    double.fault("rate_limit", times=None)
    double.control("/reset")
    assert double.client.v1.customers.list().data == []
    assert double.shown("/totals")["payment_intents"] == {}
    assert len(double.client.v1.webhook_endpoints.list().data) == 1
