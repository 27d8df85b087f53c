"""The amounts that Stripe charges, by currency.

Source: https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts and
https://docs.stripe.com/currencies#zero-decimal. Stripe's minimum is that of the currency in which an account settles,
and it converts the amount of another currency first. Here an account settles in each currency by itself, unless its
settings name another (`Settings.settlement_currency`).
"""

from stripe_double.errors import invalid
from stripe_double.settings import Settings

LEAST = {
    "aed": 200,
    "aud": 50,
    "bgn": 100,
    "brl": 50,
    "cad": 50,
    "chf": 50,
    "czk": 1500,
    "dkk": 250,
    "eur": 50,
    "gbp": 30,
    "hkd": 400,
    "huf": 17500,
    "inr": 50,
    "jpy": 50,
    "mxn": 1000,
    "myr": 200,
    "nok": 300,
    "nzd": 50,
    "pln": 200,
    "ron": 200,
    "sek": 300,
    "sgd": 50,
    "thb": 1000,
    "usd": 50,
}
"""The least amount of a charge in minor units."""

LARGEST = 99_999_999
"""The largest amount of a charge in minor units: eight digits."""

ZERO_DECIMAL = frozenset({"jpy"})
"""The currencies of the table whose amounts are whole units."""


def check_currency(currency: str) -> None:
    """Raise for a currency that is not in the table."""
    if currency not in LEAST:
        known = ", ".join(LEAST)
        message = f"Invalid currency: {currency}. Stripe currently supports these currencies: {known}"
        raise invalid(message, param="currency")


def check(amount: int, currency: str, settings: Settings, param: str = "amount") -> None:
    """Raise for an amount, in minor units, that cannot be charged: `amount_too_small` or `amount_too_large`."""
    check_currency(currency)
    settled_in = settings.settlement_currency or currency
    if _settled(amount, currency, settled_in, settings) < LEAST[settled_in]:
        message = f"Amount must be at least {shown(LEAST[settled_in], settled_in)}"
        raise invalid(message, code="amount_too_small", param=param)
    if amount > LARGEST:
        raise invalid(f"Amount must be no more than {shown(LARGEST, currency)}", code="amount_too_large", param=param)


def _settled(amount: int, currency: str, settled_in: str, settings: Settings) -> float:
    """The amount in minor units of the settlement currency. Raises `KeyError` without a rate for the currency."""
    if settled_in == currency:
        return amount
    units = amount if currency in ZERO_DECIMAL else amount / 100
    return units * settings.exchange_rates[currency] * (1 if settled_in in ZERO_DECIMAL else 100)


def shown(amount: int, currency: str) -> str:
    """The amount as messages show it: `0.50 usd`, `50 jpy`."""
    return f"{amount:,} {currency}" if currency in ZERO_DECIMAL else f"{amount / 100:,.2f} {currency}"
