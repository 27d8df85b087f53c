"""Settings of a Stripe double."""

from dataclasses import dataclass

type Json = dict[str, object]

# The version that the `stripe` library of the tests sends; one of them holds the two together.
API_VERSION = "2026-10-28.endive"

DAY_S = 24 * 60 * 60


@dataclass(frozen=True, slots=True)
class Settings:
    """`api_key` is the secret key (`sk_test_…`); a phone sends its publishable counterpart.

    `webhook_retry_delays_s` holds the pause before each further attempt; Stripe's own schedule spans three days.
    `authorization_lifetime_s` is for every card; without it the network and the session decide (`authorizations.py`).
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

    @property
    def publishable_key(self) -> str:
        return publishable(self.api_key)


def publishable(api_key: str) -> str:
    """The counterpart of a secret key, which phones send."""
    return api_key.replace("sk_", "pk_", 1)
