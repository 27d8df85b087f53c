"""Stripe's documented test cards, with their behaviour when they are attached, set up and charged.

Source: https://docs.stripe.com/testing. A token such as `pm_card_visa` stands for a new payment method on that card.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Literal


class Authentication(Enum):
    """When the card's bank wants its holder to authenticate."""

    NEVER = "never"
    IF_ASKED = "if asked"
    UNLESS_SET_UP = "unless set up"
    ON_SESSION = "on session"
    ALWAYS = "always"


@dataclass(frozen=True, slots=True)
class Decline:
    """`advice_code` says whether another try makes sense: https://docs.stripe.com/declines/card#retrying-issuer-declines."""

    code: str
    decline_code: str | None
    message: str
    advice_code: str | None = None


@dataclass(frozen=True, slots=True)
class Card:
    """`attachable` is false for cards that Stripe declines already when they are attached or set up.

    `refund` is how its refunds go, `dispute` the reason for which its holder disputes the charge (or only inquires, if
    `inquiry`); `bypasses_pending` cards pay into the available balance.
    """

    number: str
    brand: str = "visa"
    funding: str = "credit"
    decline: Decline | None = None
    attachable: bool = True
    authentication: Authentication = Authentication.NEVER
    refund: Literal["succeeds", "is pending", "fails later"] = "succeeds"
    dispute: str | None = None
    inquiry: bool = False
    bypasses_pending: bool = False

    @property
    def last4(self) -> str:
        return self.number[-4:]


CONFIRM, NEVER_AGAIN, LATER = "confirm_card_data", "do_not_try_again", "try_again_later"

GENERIC = Decline("card_declined", "generic_decline", "Your card was declined.", LATER)
INSUFFICIENT_FUNDS = Decline("card_declined", "insufficient_funds", "Your card has insufficient funds.", LATER)
LOST_CARD = Decline("card_declined", "lost_card", "Your card was declined.", NEVER_AGAIN)
STOLEN_CARD = Decline("card_declined", "stolen_card", "Your card was declined.", NEVER_AGAIN)
EXPIRED_CARD = Decline("expired_card", None, "Your card has expired.", CONFIRM)
INCORRECT_CVC = Decline("incorrect_cvc", None, "Your card's security code is incorrect.", CONFIRM)
PROCESSING_ERROR = Decline(
    "processing_error", None, "An error occurred while processing your card. Try again in a little bit.", LATER
)
VELOCITY = Decline(
    "card_declined",
    "card_velocity_exceeded",
    "Your card was declined for making repeated attempts too frequently or exceeding its amount limit.",
    LATER,
)
FRAUDULENT = Decline("card_declined", "fraudulent", "Your card was declined.", NEVER_AGAIN)
DO_NOT_HONOR = Decline("card_declined", "do_not_honor", "Your card was declined.", LATER)
TRY_AGAIN_LATER = Decline("card_declined", "try_again_later", "Your card was declined.", LATER)
ISSUER_NOT_AVAILABLE = Decline("card_declined", "issuer_not_available", "Your card was declined.", LATER)
PICKUP_CARD = Decline("card_declined", "pickup_card", "Your card was declined.", NEVER_AGAIN)
AUTHENTICATION_REQUIRED = Decline(
    "authentication_required",
    "authentication_required",
    "Your card was declined. This transaction requires authentication.",
)


def _declining(number: str, decline: Decline) -> Card:
    return Card(number, decline=decline, attachable=False)


_CARDS: dict[str, Card] = {
    "visa": Card("4242424242424242"),
    "visa_debit": Card("4000056655665556", funding="debit"),
    "mastercard": Card("5555555555554444", brand="mastercard"),
    "mastercard_debit": Card("5200828282828210", brand="mastercard", funding="debit"),
    "mastercard_prepaid": Card("5105105105105100", brand="mastercard", funding="prepaid"),
    "amex": Card("378282246310005", brand="amex"),
    "discover": Card("6011111111111117", brand="discover"),
    "diners": Card("3056930009020004", brand="diners"),
    "jcb": Card("3566002020360505", brand="jcb"),
    "unionpay": Card("6200000000000005", brand="unionpay"),
    "us": Card("4242424242424242"),
    "chargeDeclined": _declining("4000000000000002", GENERIC),
    "chargeDeclinedInsufficientFunds": _declining("4000000000009995", INSUFFICIENT_FUNDS),
    "chargeDeclinedLostCard": _declining("4000000000009987", LOST_CARD),
    "chargeDeclinedStolenCard": _declining("4000000000009979", STOLEN_CARD),
    "chargeDeclinedExpiredCard": _declining("4000000000000069", EXPIRED_CARD),
    "chargeDeclinedIncorrectCvc": _declining("4000000000000127", INCORRECT_CVC),
    "chargeDeclinedProcessingError": _declining("4000000000000119", PROCESSING_ERROR),
    "chargeDeclinedVelocityLimitExceeded": _declining("4000000000006975", VELOCITY),
    "chargeDeclinedFraudulent": _declining("4100000000000019", FRAUDULENT),
    "radarBlock": _declining("4100000000000019", FRAUDULENT),
    "chargeCustomerFail": Card("4000000000000341", decline=GENERIC),
    "authenticationRequired": Card("4000002760003184", authentication=Authentication.ALWAYS),
    "authenticationRequiredOnSetup": Card("4000002500003155", authentication=Authentication.UNLESS_SET_UP),
    "authenticationRequiredSetupForOffSession": Card("4000003800000446", authentication=Authentication.ON_SESSION),
    "authenticationRequiredChargeDeclinedInsufficientFunds": Card(
        "4000008260003178", decline=INSUFFICIENT_FUNDS, authentication=Authentication.ALWAYS
    ),
    "bypassPending": Card("4000000000000077", bypasses_pending=True),
    "pendingRefund": Card("4000000000007726", refund="is pending"),
    "refundFail": Card("4000000000005126", refund="fails later"),
    "createDispute": Card("4000000000000259", dispute="fraudulent"),
    "createDisputeProductNotReceived": Card("4000000000002685", dispute="product_not_received"),
    "createDisputeInquiry": Card("4000000000001976", dispute="general", inquiry=True),
    "threeDSecureOptional": Card("4000000000003055", authentication=Authentication.IF_ASKED),
    "threeDSecureRequired": Card("4000000000003063", authentication=Authentication.ALWAYS),
    "threeDSecure2Required": Card("4000000000003220", authentication=Authentication.ALWAYS),
}

_BY_NUMBER = {card.number: card for card in reversed(_CARDS.values())}


def by_token(token: str) -> Card | None:
    """The card of `pm_card_…` or `tok_…`; the declining ones are also documented with `visa_` in their name."""
    for prefix in ("pm_card_", "tok_"):
        if token.startswith(prefix):
            name = token.removeprefix(prefix)
            return _CARDS.get(name) or _CARDS.get(name.removeprefix("visa_"))
    return None


def by_number(number: str) -> Card | None:
    return _BY_NUMBER.get(number.replace(" ", ""))
