"""Settings of a Stripe double."""

from collections.abc import Mapping
from dataclasses import dataclass, field

type Json = dict[str, object]

# The version that the `stripe` library of the tests sends; one of them holds the two together.
API_VERSION = "2026-10-28.endive"

DAY_S = 24 * 60 * 60


@dataclass(frozen=True, slots=True)
class Settings:
    """`api_key` is the secret key (`sk_test_…`); a phone sends its publishable counterpart.

    `webhook_retry_delays_s` holds the pause before each further attempt; Stripe's own schedule spans three days.
    `authorization_lifetime_s` is for every card; without it the network and the session decide (`authorizations.py`).
    `settlement_currency` is the one in which the account settles; without it every currency settles in itself.
    `exchange_rates` tell, by currency, how many of its units are worth one unit of another: `{"usd": 22.9}` for dollars
    that settle in Czech crowns. `captures_have_a_least` refuses captured parts below the minimum, too, of which Stripe
    documents nothing.
    `authentication_lifetime_s` is how long a payment waits for its card's holder. Stripe does not document it.
    `balance_transaction_after_s` is how long a charge that is captured with `automatic_async` has no transaction yet,
    and `refund_settles_after_s` how long the test cards of pending and failing refunds take.
    """

    api_key: str
    webhook_secret: str
    port: int = 0
    webhook_retry_delays_s: tuple[float, ...] = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
    webhook_timeout_s: float = 10.0
    webhook_concurrency: int = 1
    idempotency_lifetime_s: int = DAY_S
    authorization_lifetime_s: int | None = None
    authentication_lifetime_s: int = DAY_S
    funds_available_after_s: int = 2 * DAY_S
    fee_basis_points: int = 290
    fee_fixed_minor: int = 30
    dispute_fee_minor: int = 1500
    balance_transaction_after_s: int = 0
    refund_settles_after_s: int = 60
    payout_arrives_after_s: int = 2 * DAY_S
    settlement_currency: str | None = None
    exchange_rates: Mapping[str, float] = field(default_factory=dict)
    captures_have_a_least: bool = False

    @property
    def publishable_key(self) -> str:
        return publishable(self.api_key)


def publishable(api_key: str) -> str:
    """The counterpart of a secret key, which phones send."""
    return api_key.replace("sk_", "pk_", 1)
