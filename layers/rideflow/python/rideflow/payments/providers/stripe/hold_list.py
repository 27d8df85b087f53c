"""Stripe's list of PaymentIntents, for the sweep of holds.

The list is complete at any moment, and every account has it. Stripe's search could pick out open holds, but its index
lags, by up to an hour in trouble, and merchants in India do not have it. So all PaymentIntents of a time are read, a
hundred at once, and their status is looked at here. Source: https://docs.stripe.com/api/payment_intents/list and
https://docs.stripe.com/api/payment_intents/search.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from rideflow.kernel.ids import uuid_of
from rideflow.kernel.observability import logger
from rideflow.payments.providers.port import HoldsPage, UncapturedHold
from rideflow.payments.providers.stripe.client import Stripe, stripe_errors

if TYPE_CHECKING:
    from stripe import ListObject, PaymentIntent
    from stripe.params import PaymentIntentListParams

AT_ONCE = 100
"""Stripe lists no more at once."""

_OPEN = frozenset({"requires_capture", "requires_action"})


class StripeHoldList:
    """Pages of Stripe's list, newest first."""

    def __init__(self, stripe: Stripe, at_once: int = AT_ONCE) -> None:
        self._stripe = stripe
        self._at_once = at_once

    def placed(self, since: datetime, until: datetime, after: str | None = None) -> HoldsPage:
        with stripe_errors():
            listed = self._listed(since, until, after)
        holds = [hold for intent in listed.data if (hold := _open_hold(intent)) is not None]
        last = listed.data[-1].id if listed.has_more and listed.data else None
        return HoldsPage(holds=tuple(holds), seen=len(listed.data), after=last)

    def _listed(self, since: datetime, until: datetime, after: str | None) -> ListObject[PaymentIntent]:
        import stripe

        asked: PaymentIntentListParams = {
            "created": {"gte": int(since.timestamp()), "lt": int(until.timestamp())},
            "limit": self._at_once,
        }
        if after is not None:
            asked["starting_after"] = after
        try:
            return self._stripe.client().v1.payment_intents.list(asked)
        except stripe.InvalidRequestError as error:
            if after is None or error.param != "starting_after":
                raise
            logger.warning("Stripe does not know where the last page ended; its time is read again")
            return self._listed(since, until, None)


def _open_hold(intent: PaymentIntent) -> UncapturedHold | None:
    order_id = uuid_of(intent.metadata.to_dict().get("order_id"))
    if order_id is None or intent.status not in _OPEN:
        return None
    return UncapturedHold(provider="stripe", provider_ref=intent.id, order_id=order_id)
