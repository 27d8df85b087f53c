"""Stripe's list of PaymentIntents, for the sweep of holds.

The list is complete at any moment, and every account has it. Stripe's search could pick out open holds, but its index
lags, by up to an hour in trouble, and merchants in India do not have it. So all PaymentIntents of a time are read, a
hundred at once, and their status is looked at here. Source: https://docs.stripe.com/api/payment_intents/list and
https://docs.stripe.com/api/payment_intents/search.
"""

from __future__ import annotations

from datetime import datetime

from rideflow.kernel.ids import uuid_of
from rideflow.kernel.observability import logger
from rideflow.payments.providers.port import HoldsPage, UncapturedHold
from rideflow.payments.providers.stripe.client import Stripe, stripe_errors
from rideflow.payments.providers.stripe.intents import Intent, PaymentIntents

AT_ONCE = 100
"""Stripe lists no more at once."""

_OPEN = frozenset({"requires_capture", "requires_action"})


class StripeHoldList:
    """Pages of Stripe's list, newest first."""

    def __init__(self, stripe: Stripe, at_once: int = AT_ONCE) -> None:
        self._intents = PaymentIntents(stripe)
        self._at_once = at_once

    def placed(self, since: datetime, until: datetime, after: str | None = None) -> HoldsPage:
        with stripe_errors():
            listed, has_more = self._listed(since, until, after)
        holds = [hold for intent in listed if (hold := _open_hold(intent)) is not None]
        return HoldsPage(holds=tuple(holds), seen=len(listed), after=listed[-1].id if has_more else None)

    def _listed(self, since: datetime, until: datetime, after: str | None) -> tuple[list[Intent], bool]:
        import stripe

        try:
            return self._intents.made(since, until, self._at_once, after)
        except stripe.InvalidRequestError as error:
            if after is None or error.param != "starting_after":
                raise
            logger.warning("Stripe does not know where the last page ended; its time is read again")
            return self._intents.made(since, until, self._at_once, None)


def _open_hold(intent: Intent) -> UncapturedHold | None:
    order_id = uuid_of(intent.metadata.get("order_id"))
    if order_id is None or intent.status not in _OPEN:
        return None
    return UncapturedHold(provider="stripe", provider_ref=intent.id, order_id=order_id)
