"""The least amount of an account that settles in one currency."""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
import stripe

from running_double import API_KEY, WEBHOOK_SECRET, Double
from stripe_double import Settings, StripeDouble


@contextmanager
def account(*, captures_have_a_least: bool = False) -> Iterator[Double]:
    """One that settles in Czech crowns, 15 of which are its least; a dollar is worth 20, a yen a fifth of one."""
    settings = Settings(
        API_KEY,
        WEBHOOK_SECRET,
        settlement_currency="czk",
        exchange_rates={"usd": 20.0, "jpy": 0.2},
        captures_have_a_least=captures_have_a_least,
    )
    with StripeDouble(settings).in_thread() as url, httpx.Client(trust_env=False) as web:
        double = Double(url, None, web)  # type: ignore[arg-type]
        double.client = double.with_client()
        yield double


@pytest.mark.parametrize(("currency", "least"), [("usd", 75), ("jpy", 75), ("czk", 1500)])
def test_an_amount_is_converted_before_it_is_compared(currency: str, least: int) -> None:
    with account() as double:
        with pytest.raises(stripe.InvalidRequestError) as raised:
            double.hold(least - 1, currency=currency)
        assert (raised.value.code, raised.value.param) == ("amount_too_small", "amount")
        assert "15.00 czk" in str(raised.value)

        assert double.hold(least, currency=currency).amount_capturable == least


@pytest.mark.parametrize("captures_have_a_least", [True, False])
def test_a_captured_part_has_a_least_if_that_is_asked_for(captures_have_a_least: bool) -> None:
    with account(captures_have_a_least=captures_have_a_least) as double:
        held = double.hold(500)
        if captures_have_a_least:
            with pytest.raises(stripe.InvalidRequestError) as raised:
                double.client.v1.payment_intents.capture(held.id, {"amount_to_capture": 74})
            assert (raised.value.code, raised.value.param) == ("amount_too_small", "amount_to_capture")
        least = 75 if captures_have_a_least else 1

        taken = double.client.v1.payment_intents.capture(held.id, {"amount_to_capture": least})

        assert taken.amount_received == least
