"""Payment methods (cards only) and their attachment to customers: https://docs.stripe.com/api/payment_methods."""

import hashlib
from typing import Any

from stripe_double import cards, lists
from stripe_double.cards import Card
from stripe_double.errors import ApiError, invalid, refused
from stripe_double.operations import Call, Operation
from stripe_double.parameters import (
    ADDRESS,
    CURSOR,
    Specification,
    choice,
    integer,
    mapping,
    merged_metadata,
    metadata,
    required,
    text,
)
from stripe_double.world import Object, World, new_id

ADDRESS_PARTS = ("city", "country", "line1", "line2", "postal_code", "state")
_NO_ADDRESS = dict.fromkeys(ADDRESS_PARTS)
BILLING = mapping(address=ADDRESS, email=text(), name=text(), phone=text(), tax_id=text())
_CARD = mapping(number=text(), exp_month=integer(1), exp_year=integer(1), cvc=text(4), token=text())
_DISPLAY = choice("always", "limited", "unspecified")
NEW_CARD: Specification = {
    "type": required(choice("card")),
    "card": _CARD,
    "billing_details": BILLING,
    "metadata": metadata(),
    "allow_redisplay": _DISPLAY,
}
LIST: Specification = {**CURSOR, "type": choice("card")}


def build(card: Card, created: int) -> Object:
    return {
        "id": new_id("pm_1"),
        "object": "payment_method",
        "allow_redisplay": "unspecified",
        "billing_details": {"address": dict(_NO_ADDRESS)} | dict.fromkeys(("email", "name", "phone", "tax_id")),
        "card": _card_details(card),
        "created": created,
        "customer": None,
        "customer_account": None,
        "livemode": False,
        "metadata": {},
        "type": "card",
    }


def _card_details(card: Card) -> Object:
    return {
        "brand": card.brand,
        "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"},
        "country": "US",
        "display_brand": card.brand,
        "exp_month": 12,
        "exp_year": 2034,
        "fingerprint": hashlib.sha256(card.number.encode()).hexdigest()[:16],
        "funding": card.funding,
        "generated_from": None,
        "last4": card.last4,
        "networks": {"available": [card.brand], "preferred": None},
        "regulated_status": "unregulated",
        "three_d_secure_usage": {"supported": True},
        "wallet": None,
    }


def resolve(world: World, token_or_id: str, param: str = "payment_method") -> Object:
    """The payment method of an id; a test token such as `pm_card_visa` stands for a new one on each use."""
    if card := cards.by_token(token_or_id):
        method = world.keep(build(card, world.clock.now()))
        world.cards[method["id"]] = card
        return method
    return world.find("payment_method", token_or_id, param)


def create(call: Call) -> Object:
    """Create it from a token, or, as a phone does, from the card's number with the publishable key."""
    card = _card_given(call)
    method = call.world.keep(build(card, call.world.clock.now()))
    call.world.cards[method["id"]] = card
    given = call.given.get("card") or {}
    method["card"] |= {name: given[name] for name in ("exp_month", "exp_year") if name in given}
    _apply(call, method)
    return method


def _card_given(call: Call) -> Card:
    given: dict[str, Any] = call.given.get("card") or {}
    if token := given.get("token"):
        card = cards.by_token(token)
        if card is None:
            raise refused(f"No such token: '{token}'", code="resource_missing", param="card[token]")
        return card
    if not call.publishable:
        message = "Sending credit card numbers directly to the Stripe API is generally unsafe. Use test tokens instead."
        raise ApiError(402, "card_error", message, executed=False)
    card = cards.by_number(given.get("number") or "")
    if card is None:
        message = "Your card number is incorrect."
        raise ApiError(402, "card_error", message, code="incorrect_number", param="number")
    return card


def update(call: Call) -> Object:
    method = call.world.find("payment_method", call.path["id"], status=404)
    if method["customer"] is None:
        message = "You must save this PaymentMethod to a customer before you can update it."
        raise refused(message, param="payment_method")
    method["card"] |= call.given.pop("card", None) or {}
    _apply(call, method)
    call.world.emit("payment_method.updated", method)
    return method


def _apply(call: Call, method: Object) -> None:
    if "metadata" in call.given:
        method["metadata"] = merged_metadata(method["metadata"], call.given["metadata"])
    if billing := call.given.get("billing_details"):
        address = method["billing_details"]["address"] | (billing.get("address") or {})
        method["billing_details"] |= {**billing, "address": address}
    if redisplay := call.given.get("allow_redisplay"):
        method["allow_redisplay"] = redisplay


def attach(call: Call) -> Object:
    customer = call.world.find("customer", call.given["customer"], "customer")
    method = resolve(call.world, call.path["id"])
    refuse_unattachable(call.world, method, customer)
    return attach_to(call.world, method, customer)


def refuse_unattachable(world: World, method: Object, customer: Object) -> None:
    """Refuse to attach a card that its bank declines, a spent card, or another customer's card."""
    if method["customer"] not in (None, customer["id"]):
        raise refused("The payment method you provided has already been attached to a customer.")
    refuse_spent(world, method)
    card = world.cards[method["id"]]
    if card.decline and not card.attachable:
        raise card_declined(card.decline)


def refuse_spent(world: World, method: Object) -> None:
    if method["id"] in world.spent:
        message = (
            "This PaymentMethod was previously used without being attached to a Customer or was detached from a "
            "Customer, and may not be used again."
        )
        raise refused(message, param="payment_method")


def card_declined(decline: cards.Decline, **concerned: Any) -> ApiError:
    details = {
        "code": decline.code,
        "decline_code": decline.decline_code,
        "advice_code": decline.advice_code,
        **concerned,
    }
    return ApiError(402, "card_error", decline.message, **details)


def attach_to(world: World, method: Object, customer: Object) -> Object:
    if method["customer"] != customer["id"]:
        method["customer"] = customer["id"]
        world.emit("payment_method.attached", method)
    return method


def detach(call: Call) -> Object:
    method = call.world.find("payment_method", call.path["id"], status=404)
    if method["customer"] is None:
        message = "The payment method you provided is not attached to a customer so detachment is impossible."
        raise refused(message)
    return detach_from(call.world, method)


def detach_from(world: World, method: Object) -> Object:
    """A card that leaves its customer can never be used again."""
    owner, method["customer"] = method["customer"], None
    world.spent.add(method["id"])
    world.emit("payment_method.detached", method, {"customer": owner})
    return method


def retrieve(call: Call) -> Object:
    if cards.by_token(call.path["id"]):
        return resolve(call.world, call.path["id"])
    return call.world.find("payment_method", call.path["id"], status=404)


def page(world: World, given: dict[str, Any], url: str) -> Object:
    return lists.page(lists.matching(world.all("payment_method"), given, "customer", "type"), given, url)


def list_all(call: Call) -> Object:
    if not call.given.get("customer"):
        raise invalid("Provide a customer to list payment methods of.", code="parameter_missing", param="customer")
    call.world.find("customer", call.given["customer"], "customer")
    return page(call.world, call.given, "/v1/payment_methods")


_UPDATE: Specification = {
    "card": mapping(exp_month=integer(1), exp_year=integer(1)),
    "billing_details": BILLING,
    "metadata": metadata(),
    "allow_redisplay": _DISPLAY,
}
_ATTACH: Specification = {"customer": required(text())}

OPERATIONS = (
    Operation("POST", "/v1/payment_methods", create, "payment_method", NEW_CARD, public=True),
    Operation("GET", "/v1/payment_methods", list_all, "list:payment_method", {**LIST, "customer": text()}),
    Operation("GET", "/v1/payment_methods/{id}", retrieve, "payment_method"),
    Operation("POST", "/v1/payment_methods/{id}", update, "payment_method", _UPDATE),
    Operation("POST", "/v1/payment_methods/{id}/attach", attach, "payment_method", _ATTACH),
    Operation("POST", "/v1/payment_methods/{id}/detach", detach, "payment_method"),
)
