"""Stripe as the payment gateway: PaymentIntents with manual capture."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING
from uuid import UUID

from rideflow.kernel.clock import Clock
from rideflow.kernel.observability import count, logger
from rideflow.payments.providers.errors import (
    AmountTooSmallError,
    DeclinedForGoodError,
    HoldGoneError,
    PayerNotAskedError,
    PaymentDeclinedError,
    PaymentNotConfirmedError,
    ProviderUnavailableError,
)
from rideflow.payments.providers.port import (
    AwaitedHold,
    CaptureRequest,
    EndedHold,
    HoldRequest,
    MadeCapture,
    PlacedHold,
    ReleaseRequest,
    release_key,
)
from rideflow.payments.providers.stripe.client import Stripe, decline_of, stripe_errors
from rideflow.payments.providers.stripe.intents import Intent, PaymentIntents, Refusal

if TYPE_CHECKING:
    from stripe import CardError
    from stripe.params import PaymentIntentCreateParams

_PASSING = frozenset({"processing_error", "try_again_later", "issuer_not_available", "reenter_transaction"})
"""Declines that do not concern the card: its bank was not reached. Source: https://docs.stripe.com/declines/codes."""
_AGAINST_ANOTHER_TRY = frozenset({"do_not_try_again", "confirm_card_data"})
"""Advice of the bank after which the same card is not charged again: nobody can change its data between two attempts.
Source: https://docs.stripe.com/declines/card#retrying-issuer-declines."""
_NOT_DECIDED = frozenset({"processing", "requires_action"})
"""Statuses that another moment may change; Stripe's repeated response to a key may show them for long."""
_NOT_CONFIRMED = frozenset({"requires_action", "requires_payment_method", "requires_confirmation"})
"""Statuses of an intent that holds nothing and that the payer's app could still confirm."""
_TOO_SMALL = "amount_too_small"
_LOOKED_AT = 20
"""The number of a customer's newest PaymentIntents that are searched for an order's: a rider has one active trip."""
_LOOKED_AT_LATER = 100
"""The same for an order that may have been cancelled days ago; Stripe lists no more at once."""
_TIMES = (1, 2, 4, 8, 16, 32, 64, 128, 256)
"""Multiples of a small amount that are tried as its hold. The least of the account's settlement currency decides, and a
unit of one currency may be worth a hundred of another."""


class StripeGateway:
    """Holds, captures and releases at Stripe."""

    def __init__(self, stripe: Stripe, clock: Clock) -> None:
        self._stripe = stripe
        self._intents = PaymentIntents(stripe)
        self._clock = clock

    def hold(self, request: HoldRequest) -> PlacedHold:
        intent = self._held_at_least(request)
        if intent.status == "requires_action":
            return self._wanting_payer(intent, request)
        if intent.status != "requires_capture":
            raise PaymentDeclinedError("Your card could not be charged.", decline_code=intent.status)
        return _held(intent, request.trip_id, request.order_id)

    def conclude(self, awaited: AwaitedHold) -> PlacedHold:
        with stripe_errors():
            intent = self._retrieved(awaited.provider_ref)
        if intent.status == "requires_capture":
            return _held(intent, awaited.trip_id, awaited.order_id)
        if intent.status in _NOT_CONFIRMED:  # a hold that is confirmed at this very moment is cancelled, too
            self._release(awaited.provider_ref)
        if intent.last_payment_error is not None:
            raise PaymentDeclinedError("Your card could not be charged.", **_why(intent.last_payment_error))
        if not awaited.was_asked:
            raise PayerNotAskedError("The payer could not be asked to confirm the payment.")
        raise PaymentNotConfirmedError("The payment was not confirmed in time.")

    def capture(self, request: CaptureRequest) -> MadeCapture:
        intent = self._done_once(
            lambda key: self._take(request, key),
            request.idempotency_key,
            lambda: self._no_longer_held(request.provider_ref),
        )
        if intent.status != "succeeded":
            raise HoldGoneError("The hold can no longer be captured.", provider_state=intent.status)
        return MadeCapture(
            trip_id=request.trip_id,
            order_id=request.order_id,
            provider_ref=intent.id,
            captured_minor=intent.amount_received,
        )

    def release(self, request: ReleaseRequest) -> EndedHold:
        if request.provider_ref is not None:
            return self._release(request.provider_ref, request.idempotency_key)
        if request.customer_ref is not None:
            for intent in self._lost_holds(request.customer_ref, str(request.order_id)):
                count("LostHoldReleased")
                logger.warning("a hold that nobody told of is released", extra={"payment_intent": intent.id})
                self._release(intent.id)
        return EndedHold()

    def _held_at_least(self, request: HoldRequest) -> Intent:
        """The hold of the request, or the first of its multiples that Stripe does not refuse as too small."""
        for times in _TIMES:
            key = request.idempotency_key if times == 1 else f"{request.idempotency_key}-times-{times}"
            asked = request.model_copy(update={"amount_minor": request.amount_minor * times})
            with suppress(AmountTooSmallError):
                return self._done_once(partial(self._create, asked), key, lambda: self._hold_of(request))
            count("AmountTooSmall")
            logger.warning("Stripe holds more than its table says", extra={"amount_minor": asked.amount_minor})
        raise AmountTooSmallError("The amount is too small to be held.")

    def _release(self, provider_ref: str, idempotency_key: str | None = None) -> EndedHold:
        intent = self._done_once(
            lambda key: self._intents.cancel(provider_ref, key),
            idempotency_key or release_key(provider_ref),
            lambda: self._ended(provider_ref),
        )
        return EndedHold(captured_minor=0 if intent.status == "canceled" else intent.amount_received)

    def _wanting_payer(self, intent: Intent, request: HoldRequest) -> PlacedHold:
        if intent.client_secret is None:
            raise ProviderUnavailableError("The payment provider gave no secret; please try again.")
        return PlacedHold(
            trip_id=request.trip_id,
            order_id=request.order_id,
            outcome="wants_payer",
            provider_ref=intent.id,
            client_secret=intent.client_secret,
            publishable_key=self._stripe.publishable_key,
        )

    def _create(self, request: HoldRequest, idempotency_key: str) -> Intent:
        import stripe

        parameters: PaymentIntentCreateParams = {
            "amount": request.amount_minor,
            "currency": request.currency.lower(),
            "customer": request.customer_ref,
            "payment_method": request.method_ref,
            "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
            "capture_method": "manual",
            "confirm": True,
            "metadata": {"trip_id": str(request.trip_id), "order_id": str(request.order_id)},
        }
        try:
            return self._intents.create(parameters, idempotency_key)
        except stripe.InvalidRequestError as error:
            if error.code == _TOO_SMALL:
                raise AmountTooSmallError("The amount is too small to be held.") from error
            if error.param in ("payment_method", "customer"):  # it was removed at Stripe
                raise PaymentDeclinedError("Your card can no longer be used.", decline_code="card_removed") from error
            raise

    def _take(self, request: CaptureRequest, idempotency_key: str) -> Intent:
        import stripe

        try:
            return self._intents.capture(request.provider_ref, request.amount_minor, idempotency_key)
        except stripe.InvalidRequestError as error:
            if error.code == _TOO_SMALL:
                raise AmountTooSmallError("The amount is too small to be charged.") from error
            if error.code == "charge_expired_for_capture":
                raise HoldGoneError("The hold has expired.") from error
            raise

    def _hold_of(self, request: HoldRequest) -> Intent | None:
        newest = self._intents.newest_of(request.customer_ref, _LOOKED_AT)
        own = (intent for intent in newest if intent.metadata.get("order_id") == str(request.order_id))
        return next((intent for intent in own if not _may_be_tried_again(intent)), None)

    def _lost_holds(self, customer_ref: str, order_id: str) -> list[Intent]:
        with stripe_errors():
            newest = self._intents.newest_of(customer_ref, _LOOKED_AT_LATER)
        open_ones = (intent for intent in newest if intent.status in ("requires_capture", "requires_action"))
        return [intent for intent in open_ones if intent.metadata.get("order_id") == order_id]

    def _no_longer_held(self, provider_ref: str) -> Intent | None:
        intent = self._intents.retrieve(provider_ref)
        return None if intent.status == "requires_capture" else intent

    def _ended(self, provider_ref: str) -> Intent | None:
        intent = self._no_longer_held(provider_ref)
        return None if intent is None or intent.status in _NOT_CONFIRMED else intent

    def _retrieved(self, provider_ref: str) -> Intent:
        """The intent with its charge, as it is now. Raises `ProviderUnavailableError` while Stripe is at work on it."""
        intent = self._intents.retrieve(provider_ref)
        if intent.status == "processing":
            raise ProviderUnavailableError("The payment provider is still at work; please try again.")
        return intent

    def _done_once(
        self, ask: Callable[[str], Intent], idempotency_key: str, look: Callable[[], Intent | None]
    ) -> Intent:
        """The PaymentIntent after `ask` took effect once, also if Stripe responded with an error after the effect.

        Stripe repeats its first response to an idempotency key, also an error that it ran into halfway. So after such
        an error `look` finds the outcome. Only if there is none, Stripe is asked again under a second key, which
        changes every ten seconds: two concurrent tries share it. `look` also finds a change that another request made
        (`payment_intent_unexpected_state`), and the outcome of a passing decline.
        An intent that Stripe is still processing has no outcome yet.
        """
        import stripe

        moment = int(self._clock().timestamp()) // 10
        with stripe_errors():
            for key in (idempotency_key, f"{idempotency_key}-{moment}"):
                try:
                    return self._decided(ask(key))
                except stripe.CardError as error:
                    if getattr(error.error, "advice_code", None) in _AGAINST_ANOTHER_TRY:
                        raise DeclinedForGoodError("Your card was declined.", **decline_of(error)) from error
                    if not _is_passing(error):
                        raise
                except stripe.APIError as error:
                    if (error.http_status or 0) < 500:
                        raise
                except stripe.InvalidRequestError as error:
                    if error.code != "payment_intent_unexpected_state":
                        raise
                if (intent := look()) is not None:
                    return self._decided(intent)
        raise ProviderUnavailableError("The payment provider does not answer; please try again.")

    def _decided(self, intent: Intent) -> Intent:
        """The intent with its outcome. Stripe's repeated response may show an older state, so it is retrieved."""
        return self._retrieved(intent.id) if intent.status in _NOT_DECIDED else intent


def _held(intent: Intent, trip_id: UUID, order_id: UUID) -> PlacedHold:
    return PlacedHold(
        trip_id=trip_id,
        order_id=order_id,
        provider_ref=intent.id,
        held_minor=intent.amount_capturable,
        capture_before=intent.capture_before,
    )


def _is_passing(error: CardError) -> bool:
    return not _PASSING.isdisjoint((error.code, getattr(error.error, "decline_code", None)))


def _why(refusal: Refusal) -> dict[str, str]:
    reason = refusal.decline_code or refusal.code
    return {"decline_code": reason} if reason else {}


def _may_be_tried_again(intent: Intent) -> bool:
    refusal = intent.last_payment_error
    return (
        intent.status == "requires_payment_method"
        and refusal is not None
        and not _PASSING.isdisjoint((refusal.code, refusal.decline_code))
    )
