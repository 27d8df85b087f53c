"""How long a bank holds the money of an authorisation.

| card's network | customer-initiated (on session) | merchant-initiated (`off_session`) |
|----------------|---------------------------------|------------------------------------|
| Visa           | 7 days                          | 4 days and 18 hours                |
| any other      | 7 days                          | 7 days                             |

Source: https://docs.stripe.com/payments/place-a-hold-on-a-payment-method#authorization-validity-windows. It states five
days for Visa, and that the exact window is six hours shorter, so that there is time for clearing. Stripe documents four
networks; the others have the seven days that it names as the usual window.
"""

from stripe_double.settings import DAY_S
from stripe_double.world import Object, World

HOUR_S = 60 * 60
USUAL_S = 7 * DAY_S
_INCREMENTAL = frozenset({"visa", "mastercard", "amex", "discover", "unionpay"})
VISA_WITHOUT_ITS_HOLDER_S = 4 * DAY_S + 18 * HOUR_S


def lifetime_s(world: World, network: str, *, off_session: bool) -> int:
    if world.settings.authorization_lifetime_s is not None:
        return world.settings.authorization_lifetime_s
    return VISA_WITHOUT_ITS_HOLDER_S if network == "visa" and off_session else USUAL_S


def begin(world: World, charge: Object, *, off_session: bool) -> None:
    """Set `capture_before` of a charge that is captured later; no other charge has the field."""
    card = charge["payment_method_details"]["card"]
    card["capture_before"] = charge["created"] + lifetime_s(world, card["network"], off_session=off_session)


def allow_increments(charge: Object, intent: Object) -> None:
    """Say whether the hold can be raised: it was asked for, and the network offers it.

    Source: https://docs.stripe.com/payments/incremental-authorization#availability.
    """
    card = charge["payment_method_details"]["card"]
    asked = intent["payment_method_options"]["card"].get("request_incremental_authorization")
    if asked == "if_available" and card["network"] in _INCREMENTAL:
        card["incremental_authorization"] = {"status": "available"}


def is_expired(world: World, charge: Object) -> bool:
    before: int = charge["payment_method_details"]["card"]["capture_before"]
    return charge["id"] in world.expired_charges or world.clock.now() >= before
