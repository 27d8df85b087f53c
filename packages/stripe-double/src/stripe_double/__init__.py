"""A double of Stripe's API that Stripe's own libraries talk to over HTTP.

    stripe-double --port 0 --api-key sk_test_local --webhook-secret whsec_local

It keeps customers, payment methods, SetupIntents, PaymentIntents, charges, refunds, disputes, connected accounts,
transfers, payouts, events, balance transactions and webhook endpoints in memory, and does with them what Stripe
documents: status machines, error objects, idempotency keys, paging, search, expansion, signed webhooks. `control.py`
and `control_money.py` document the faults it can be asked for, under `/_double/`; `cards.py` has the test cards.
"""

from stripe_double.server import StripeDouble
from stripe_double.settings import Settings

__all__ = ["Settings", "StripeDouble"]
