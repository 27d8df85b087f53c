"""Pages of browsers call the API as they call Stripe's, from any origin and with a key."""

import httpx
import pytest

from running_double import API_KEY, Double

PAGE = "https://rides.example"


def preflight(double: Double, path: str) -> httpx.Response:
    headers = {
        "Origin": PAGE,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type,stripe-version,idempotency-key",
    }
    return httpx.options(f"{double.url}{path}", headers=headers)


def test_a_page_may_ask_for_every_method_with_its_headers(double: Double) -> None:
    told = preflight(double, "/v1/payment_methods")

    assert told.status_code == 200
    assert told.headers["access-control-allow-origin"] == "*"
    assert "POST" in told.headers["access-control-allow-methods"]
    allowed = {each.strip().lower() for each in told.headers["access-control-allow-headers"].split(",")}
    assert {"authorization", "content-type", "stripe-version", "idempotency-key"} <= allowed


@pytest.mark.parametrize(("key", "status"), [(f"pk_{API_KEY[3:]}", 200), ("pk_test_unknown", 401)])
def test_a_page_reads_the_answer_also_of_a_refusal(double: Double, key: str, status: int) -> None:
    card = {"type": "card", "card[token]": "tok_visa"}
    answer = httpx.post(
        f"{double.url}/v1/payment_methods", data=card, headers={"Origin": PAGE, "Authorization": f"Bearer {key}"}
    )

    assert answer.status_code == status
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "request-id" in answer.headers["access-control-expose-headers"].lower()


def test_no_page_may_use_the_controls(double: Double) -> None:
    told = httpx.get(f"{double.url}/_double/requests", headers={"Origin": PAGE})

    assert "access-control-allow-origin" not in told.headers
    assert "access-control-allow-origin" not in preflight(double, "/_double/faults").headers
