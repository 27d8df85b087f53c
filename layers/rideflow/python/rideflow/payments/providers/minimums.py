"""The least amount that each provider takes, by currency. What is less is charged with the rider's next ride."""

from __future__ import annotations

from collections.abc import Mapping

from rideflow.payments.providers.names import Provider

_STRIPE = {
    "AED": 200, "AUD": 50, "BRL": 50, "CAD": 50, "CHF": 50, "CZK": 1500, "DKK": 250, "EUR": 50, "GBP": 30, "HKD": 400,
    "HUF": 17500, "INR": 50, "JPY": 50, "MXN": 1000, "MYR": 200, "NOK": 300, "NZD": 50, "PLN": 200, "RON": 200,
    "SEK": 300, "SGD": 50, "THB": 1000, "USD": 50,
}  # fmt: skip
"""Minor units. Source: https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts."""

_MINIMUMS: Mapping[Provider, Mapping[str, int]] = {"stripe": _STRIPE}


def least_charge_minor(provider: Provider, currency: str) -> int:
    """The least amount of a charge, in minor units; 0 for a currency of which the provider tells none."""
    return _MINIMUMS[provider].get(currency, 0)
