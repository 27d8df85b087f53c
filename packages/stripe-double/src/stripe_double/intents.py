"""Code that SetupIntents and PaymentIntents share: lookup, payment method, authentication, declines."""

from typing import Any
from urllib.parse import urlencode

from stripe_double import cards, payment_methods
from stripe_double.cards import Authentication, Card, Decline
from stripe_double.errors import ApiError, invalid, refused
from stripe_double.faults import Fault, FaultKind, Target
from stripe_double.operations import Call
from stripe_double.parameters import Specification, anything, boolean, choice, list_of, mapping, metadata, text
from stripe_double.world import Object, World, new_id

METHOD: Specification = {
    "allowed_payment_method_types": list_of(text()),
    "payment_method": text(),
    "payment_method_data": mapping(**payment_methods.NEW_CARD),
}
UPDATE: Specification = {
    **METHOD,
    "customer": text(),
    "description": text(),
    "excluded_payment_method_types": list_of(text()),
    "metadata": metadata(),
}
CONFIRM: Specification = {**METHOD, "mandate_data": anything(), "return_url": text(), "use_stripe_sdk": boolean()}
CREATE: Specification = {
    **UPDATE,
    **CONFIRM,
    "automatic_payment_methods": mapping(enabled=boolean(), allow_redirects=choice("always", "never")),
    "confirm": boolean(),
    "on_behalf_of": text(),
}


def find(call: Call, kind: str) -> Object:
    """The intent addressed; a publishable key must come with its client secret."""
    intent = call.world.find(kind, call.path["id"], "intent", 404)
    call.require_secret_of(intent)
    return intent


def ways_to_pay(given: dict[str, Any]) -> Object:
    """Without `allowed_payment_method_types` the dashboard decides, which here offers cards and ways that redirect."""
    allowed, excluded = given.get("allowed_payment_method_types"), given.get("excluded_payment_method_types")
    automatic = given.get("automatic_payment_methods")
    if allowed and (automatic or excluded):
        message = "allowed_payment_method_types excludes automatic_payment_methods and excluded_payment_method_types."
        raise invalid(message, param="allowed_payment_method_types")
    if not allowed:
        automatic = {"allow_redirects": "always", "enabled": True, **(automatic or {})}
    return {
        "allowed_payment_method_types": allowed or None,
        "automatic_payment_methods": automatic,
        "excluded_payment_method_types": excluded or None,
        "payment_method_types": ["card"],
    }


def refuse_without_return_url(intent: Object, given: dict[str, Any]) -> None:
    """Stripe may redirect the customer and then needs an address to return to, unless redirects are excluded."""
    automatic = intent["automatic_payment_methods"] or {}
    if automatic.get("allow_redirects") != "always" or given.get("return_url") or given.get("off_session"):
        return
    name = "SetupIntent" if intent["object"] == "setup_intent" else "PaymentIntent"
    raise refused(
        f"This {name} is configured to accept payment methods enabled in your Dashboard. Because some of these payment "
        "methods might redirect your customer off of your page, you must provide a `return_url`. If you don't want to "
        "accept redirect-based payment methods, set `automatic_payment_methods[enabled]` to `true` and "
        "`automatic_payment_methods[allow_redirects]` to `never` when creating Setup Intents and Payment Intents."
    )


def method_given(call: Call, customer: str | None) -> Object | None:
    """The payment method named or described by the request, checked against the intent's customer."""
    if data := call.given.get("payment_method_data"):
        return payment_methods.create(Call(call.world, {}, data, call.publishable))
    if not (named := call.given.get("payment_method")):
        return None
    method = payment_methods.resolve(call.world, named)
    payment_methods.refuse_spent(call.world, method)
    owner = method["customer"]
    if owner is not None and customer is None:
        message = f"The payment method supplied ({method['id']}) belongs to a Customer, please include the Customer."
        raise refused(message, param="payment_method")
    if owner not in (None, customer):
        raise refused(f"The payment method {method['id']} does not belong to the Customer.", param="payment_method")
    return method


def enter(call: Call, intent: Object) -> None:
    """Store a new intent with its payment method, and emit its event."""
    if call.given.get("confirm"):
        refuse_without_return_url(intent, call.given)
    method = method_given(call, intent["customer"])
    call.world.keep(intent)
    if method is not None:
        intent.update(payment_method=method["id"], status="requires_confirmation")
    call.world.emit(f"{intent['object']}.created", intent)


def target_of(intent: Object) -> Target:
    """The subject of a request to an intent, for the filters of faults."""
    payment = intent["id"] if intent["object"] == "payment_intent" else None
    return Target("POST", f"/v1/{intent['object']}s/{intent['id']}", intent["metadata"], intent["customer"], payment)


def asked_decline(world: World, operation: str, intent: Object) -> Fault | None:
    return world.faults.decline(operation, target_of(intent))


def must_authenticate(world: World, intent: Object, method: Object, *, off_session: bool) -> bool:
    """Whether the bank wants the card's holder now: as its test card documents, or as a fault asks.

    A SetupIntent is always the first use of its card.
    """
    if world.faults.of_money(FaultKind.CHALLENGE, target_of(intent)) is not None:
        return True
    is_setup = intent["object"] == "setup_intent"
    set_up = not is_setup and method["id"] in world.set_up
    options = (intent["payment_method_options"] or {}).get("card") or {}
    asked = options.get("request_three_d_secure") in ("any", "challenge")
    return _wants_holder(world.cards[method["id"]], set_up=set_up, off_session=off_session, asked=asked)


def _wants_holder(card: Card, *, set_up: bool, off_session: bool, asked: bool) -> bool:
    """
    | card                     | on session | off session | off session, set up |
    |--------------------------|------------|-------------|---------------------|
    | never                    | no         | no          | no                  |
    | if asked                 | if asked   | no          | no                  |
    | unless set up            | yes        | yes         | no                  |
    | on session               | yes        | no          | no                  |
    | always                   | yes        | yes         | yes                 |

    Source: https://docs.stripe.com/testing#regulatory-cards; "asked" is by `request_three_d_secure`
    (https://docs.stripe.com/payments/3d-secure/authentication-flow#manual-three-ds).
    """
    match card.authentication:
        case Authentication.NEVER:
            return False
        case Authentication.IF_ASKED:
            return asked and not off_session
        case Authentication.ALWAYS:
            return True
        case Authentication.ON_SESSION:
            return not off_session
        case Authentication.UNLESS_SET_UP:
            return not (off_session and set_up)


def wait_for_holder(world: World, intent: Object, return_url: str | None) -> None:
    """The intent waits until its card's holder authenticates at `next_action`."""
    world.later(world.settings.authentication_lifetime_s, "authentication_expires", intent["id"])
    intent |= {"status": "requires_action", "next_action": _next_action(world, intent, return_url)}
    world.emit(f"{intent['object']}.requires_action", intent)


def _next_action(world: World, intent: Object, return_url: str | None) -> Object:
    """An address of the double to open (`hosted.py`), for an app that redirects or for Stripe's SDKs.

    Source: https://docs.stripe.com/payments/3d-secure/authentication-flow#manual-redirect.
    """
    kind = intent["object"]
    query = urlencode({kind: intent["id"], f"{kind}_client_secret": intent["client_secret"]})
    url = f"{world.url}/3d_secure_2/hosted?{query}"
    if return_url:
        return {"type": "redirect_to_url", "redirect_to_url": {"return_url": return_url, "url": url}}
    sdk = {"type": "three_d_secure_redirect", "source": new_id("src_1"), "stripe_js": url}
    return {"type": "use_stripe_sdk", "use_stripe_sdk": sdk}


def error_shown(decline: Decline, method: Object, charge: str | None = None) -> Object:
    """A decline as `last_payment_error` and `last_setup_error` show it."""
    error = payment_methods.card_declined(decline, charge=charge, payment_method=dict(method))
    return error.fields


def declined(decline: Decline, intent: Object, method: Object, charge: str | None = None) -> ApiError:
    concerned = {intent["object"]: intent, "payment_method": method, "charge": charge}
    return payment_methods.card_declined(decline, **concerned)


AUTHENTICATION_FAILED = cards.Decline(
    "payment_intent_authentication_failure",
    None,
    "The provided PaymentMethod has failed authentication. You can provide payment_method_data or a new PaymentMethod "
    "to attempt to fulfill this PaymentIntent again.",
)
AUTHENTICATION_EXPIRED = cards.Decline(
    "payment_intent_payment_attempt_expired",
    None,
    "The latest payment attempt for the PaymentIntent has expired. You can provide payment_method_data or a new "
    "PaymentMethod to attempt to fulfill this PaymentIntent again.",
)
SETUP_AUTHENTICATION_EXPIRED = cards.Decline(
    "setup_intent_setup_attempt_expired",
    None,
    "The latest setup attempt for the SetupIntent has expired. Provide a new payment method to attempt to fulfill this "
    "SetupIntent again.",
)
SETUP_AUTHENTICATION_FAILED = cards.Decline(
    "setup_intent_authentication_failure",
    None,
    "The latest attempt to set up the payment method has failed because authentication failed.",
)
