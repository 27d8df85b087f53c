"""PaymentIntents at Stripe: requests, and what is read of the answers.

The library sends the requests, with its keys, retries and errors. Its own objects of the answers have each of some two
hundred members; to build them takes as long as the rest of the call, so only the members that are used are read here.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from rideflow.kernel.model import Message
from rideflow.payments.providers.stripe.client import Stripe

if TYPE_CHECKING:
    from stripe.params import PaymentIntentCreateParams

_PATH = "/v1/payment_intents"
_WITH_CHARGE = ("latest_charge",)


class Refusal(Message):
    """Why the bank, or Stripe, refused the last payment."""

    code: str | None = None
    decline_code: str | None = None


class CardDetails(Message):
    """How the card was charged. `capture_before` is in seconds since 1970."""

    capture_before: int | None = None


class MethodDetails(Message):
    """How the payment method was charged; `card` if it is one."""

    card: CardDetails | None = None


class Charge(Message):
    """The charge of an intent that was asked for with it."""

    payment_method_details: MethodDetails | None = None


class Intent(Message):
    """A PaymentIntent. Amounts are in minor units of its currency."""

    id: str
    status: str
    amount_capturable: int = 0
    amount_received: int = 0
    client_secret: str | None = None
    last_payment_error: Refusal | None = None
    latest_charge: Charge | str | None = None
    metadata: dict[str, str]

    @property
    def capture_before(self) -> datetime | None:
        """When the bank ends the hold; None for a charge that does not tell it.

        Source: https://docs.stripe.com/payments/place-a-hold-on-a-payment-method#authorization-validity-windows.
        """
        charge = self.latest_charge
        if not isinstance(charge, Charge) or charge.payment_method_details is None:
            return None
        card = charge.payment_method_details.card
        return None if card is None or card.capture_before is None else datetime.fromtimestamp(card.capture_before, UTC)


class PaymentIntents:
    """Requests about PaymentIntents. They raise the library's errors."""

    def __init__(self, stripe: Stripe) -> None:
        self._stripe = stripe

    def create(self, parameters: PaymentIntentCreateParams, idempotency_key: str) -> Intent:
        """Create an intent; it is answered with its charge."""
        return _intent(self._post("", parameters, idempotency_key, expand=_WITH_CHARGE))

    def capture(self, provider_ref: str, amount_minor: int, idempotency_key: str) -> Intent:
        """Take the amount from the hold."""
        return _intent(self._post(f"/{provider_ref}/capture", {"amount_to_capture": amount_minor}, idempotency_key))

    def cancel(self, provider_ref: str, idempotency_key: str) -> Intent:
        """End the hold."""
        return _intent(self._post(f"/{provider_ref}/cancel", {}, idempotency_key))

    def retrieve(self, provider_ref: str) -> Intent:
        """The intent as it is now, with its charge."""
        return _intent(self._get(f"/{provider_ref}", expand=_WITH_CHARGE))

    def newest_of(self, customer_ref: str, limit: int) -> list[Intent]:
        """The newest intents of a customer with their charges, at most 100."""
        found = self._get("", customer=customer_ref, limit=limit, expand=[f"data.{each}" for each in _WITH_CHARGE])
        return [_intent(each) for each in found["data"]]

    def made(self, since: datetime, until: datetime, limit: int, after: str | None) -> tuple[list[Intent], bool]:
        """Intents that were made from `since` to before `until`, newest first, and whether there are more.

        `after` is the last one of the page before. At most 100 are listed.
        """
        created = {"gte": int(since.timestamp()), "lt": int(until.timestamp())}
        page = {} if after is None else {"starting_after": after}
        found = self._get("", created=created, limit=limit, **page)
        return [_intent(each) for each in found["data"]], found["has_more"]

    def _post(self, path: str, parameters: Any, idempotency_key: str, **more: Any) -> Any:
        return self._asked("post", path, {**parameters, **more, "idempotency_key": idempotency_key})

    def _get(self, path: str, **parameters: Any) -> Any:
        return self._asked("get", path, parameters)

    def _asked(self, method: str, path: str, parameters: dict[str, Any]) -> Any:
        return self._stripe.client().raw_request(method, _PATH + path, **parameters).data


def _intent(answer: Any) -> Intent:
    return Intent.model_validate(answer)
