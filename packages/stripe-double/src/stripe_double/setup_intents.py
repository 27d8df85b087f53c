"""SetupIntents and their attempts: storing a card with its holder's consent. https://docs.stripe.com/api/setup_intents."""

from typing import Any

from stripe_double import card_options, intents, lists, payment_methods
from stripe_double.cards import AUTHENTICATION_REQUIRED, Decline
from stripe_double.errors import unexpected_state
from stripe_double.operations import Call, Operation
from stripe_double.parameters import (
    PAGE,
    Specification,
    choice,
    list_of,
    merged_metadata,
    required,
    text,
)
from stripe_double.world import Object, World, new_id

CONFIRMABLE = ("requires_payment_method", "requires_confirmation", "requires_action")


def build(identifier: str, created: int, given: dict[str, Any]) -> Object:
    return {
        "id": identifier,
        "object": "setup_intent",
        "application": None,
        "cancellation_reason": None,
        "client_secret": new_id(f"{identifier}_secret_", 25),
        "created": created,
        "customer": given.get("customer"),
        "customer_account": None,
        "description": given.get("description"),
        "flow_directions": given.get("flow_directions"),
        "last_setup_error": None,
        "latest_attempt": None,
        "livemode": False,
        "mandate": None,
        "metadata": merged_metadata({}, given.get("metadata")),
        "next_action": None,
        "on_behalf_of": given.get("on_behalf_of"),
        "payment_method": None,
        "payment_method_configuration_details": None,
        "payment_method_options": card_options.of_setup(given.get("payment_method_options")),
        "single_use_mandate": None,
        "status": "requires_payment_method",
        "usage": given.get("usage") or "off_session",
    } | intents.ways_to_pay(given)


def create(call: Call) -> Object:
    world, given = call.world, call.given
    if customer := given.get("customer"):
        world.find("customer", customer, "customer")
    intent = build(new_id("seti_1"), world.clock.now(), given)
    intents.enter(call, intent)
    if given.get("confirm"):
        _confirm(call, intent)
    return intent


def retrieve(call: Call) -> Object:
    return intents.find(call, "setup_intent")


def update(call: Call) -> Object:
    intent = intents.find(call, "setup_intent")
    method = intents.method_given(call, call.given.get("customer") or intent["customer"])
    if method is not None:
        _refuse_unless(intent, CONFIRMABLE, "updated")
        intent |= {"payment_method": method["id"], "status": "requires_confirmation"}
    options = call.given.get("payment_method_options")
    intent["payment_method_options"] = card_options.of_setup(options, intent["payment_method_options"])
    for name in ("customer", "description"):
        if name in call.given:
            intent[name] = call.given[name]
    if "metadata" in call.given:
        intent["metadata"] = merged_metadata(intent["metadata"], call.given["metadata"])
    return intent


def confirm(call: Call) -> Object:
    intent = intents.find(call, "setup_intent")
    _refuse_unless(intent, CONFIRMABLE, "confirmed")
    intents.refuse_without_return_url(intent, call.given)
    if method := intents.method_given(call, intent["customer"]):
        intent |= {"payment_method": method["id"], "status": "requires_confirmation"}
    options = call.given.get("payment_method_options")
    intent["payment_method_options"] = card_options.of_setup(options, intent["payment_method_options"])
    _confirm(call, intent)
    return intent


def _refuse_unless(intent: Object, statuses: tuple[str, ...], done: str) -> None:
    if intent["status"] not in statuses:
        message = (
            f"This SetupIntent could not be {done} because it has a status of {intent['status']}. "
            f"Only a SetupIntent with one of the following statuses may be {done}: {', '.join(statuses)}."
        )
        raise unexpected_state("setup_intent", message, intent)


def _confirm(call: Call, intent: Object) -> None:
    world = call.world
    if intent["payment_method"] is None:
        message = "You cannot confirm this SetupIntent because it's missing a payment method."
        raise unexpected_state("setup_intent", message, intent)
    method = world.find("payment_method", intent["payment_method"], "payment_method")
    card = world.cards[method["id"]]
    asked = intents.asked_decline(world, "setup", intent)
    decline = asked.decline if asked else (None if card.attachable else card.decline)
    if decline is not None:
        raise _fail(world, intent, decline)
    off_session = intent["usage"] == "off_session"
    if intents.must_authenticate(world, intent, method, off_session=off_session):
        _attempt(world, intent, "requires_action")
        intents.wait_for_holder(world, intent, call.given.get("return_url"))
        return
    succeed(world, intent)


def succeed(world: World, intent: Object) -> None:
    """The card is set up: it is attached to the customer and can pay without its holder."""
    method = world.find("payment_method", intent["payment_method"], "payment_method")
    intent |= {"status": "succeeded", "next_action": None, "last_setup_error": None}
    _attempt(world, intent, "succeeded")
    world.set_up.add(method["id"])
    if intent["customer"]:
        payment_methods.attach_to(world, method, world.find("customer", intent["customer"], "customer"))
    else:
        world.spent.discard(method["id"])
    world.emit("setup_intent.succeeded", intent)


def _fail(world: World, intent: Object, decline: Decline) -> Exception:
    method = fail(world, intent, decline)
    return intents.declined(decline, intent, method)


def fail(world: World, intent: Object, decline: Decline = AUTHENTICATION_REQUIRED) -> Object:
    """Return the intent to `requires_payment_method`; returns the failed card."""
    method = world.find("payment_method", intent["payment_method"], "payment_method")
    error = intents.error_shown(decline, method)
    _attempt(world, intent, "failed", error)
    intent |= {"status": "requires_payment_method", "next_action": None, "payment_method": None}
    intent["last_setup_error"] = error
    world.emit("setup_intent.setup_failed", intent)
    return method


def _attempt(world: World, intent: Object, status: str, error: Object | None = None) -> None:
    """A new attempt, or the waiting one in its next state."""
    latest = world.objects["setup_attempt"].get(intent["latest_attempt"] or "")
    if latest is not None and latest["status"] == "requires_action":
        latest |= {"status": status, "setup_error": error}
        return
    method = world.find("payment_method", intent["payment_method"], "payment_method")
    attempt = world.keep(build_attempt(world.clock.now(), intent, method))
    attempt |= {"status": status, "setup_error": error}
    intent["latest_attempt"] = attempt["id"]


def build_attempt(created: int, intent: Object, method: Object) -> Object:
    card = method["card"]
    shown = ("brand", "checks", "country", "exp_month", "exp_year", "fingerprint", "funding", "last4", "wallet")
    return {
        "id": new_id("setatt_1"),
        "object": "setup_attempt",
        "application": None,
        "created": created,
        "customer": intent["customer"],
        "customer_account": None,
        "flow_directions": None,
        "livemode": False,
        "on_behalf_of": None,
        "payment_method": method["id"],
        "payment_method_details": {
            "card": {name: card[name] for name in shown} | {"network": card["brand"], "three_d_secure": None},
            "type": "card",
        },
        "setup_error": None,
        "setup_intent": intent["id"],
        "status": "initiated",
        "usage": intent["usage"],
    }


def cancel(call: Call) -> Object:
    intent = intents.find(call, "setup_intent")
    _refuse_unless(intent, CONFIRMABLE, "canceled")
    reason = call.given.get("cancellation_reason")
    intent |= {"status": "canceled", "cancellation_reason": reason, "next_action": None}
    call.world.emit("setup_intent.canceled", intent)
    return intent


def list_all(call: Call) -> Object:
    found = lists.matching(call.world.all("setup_intent"), call.given, "customer", "payment_method")
    return lists.page(found, call.given, "/v1/setup_intents")


def list_attempts(call: Call) -> Object:
    found = lists.matching(call.world.all("setup_attempt"), call.given, "setup_intent")
    return lists.page(found, call.given, "/v1/setup_attempts")


_SECRET: Specification = {"client_secret": text()}
_OPTIONS: Specification = {"payment_method_options": card_options.FOR_SETUPS}
_CREATE: Specification = {
    **intents.CREATE,
    **_OPTIONS,
    "flow_directions": list_of(choice("inbound", "outbound")),
    "usage": choice("off_session", "on_session"),
}
_CONFIRM: Specification = {**intents.CONFIRM, **_OPTIONS, **_SECRET}
_CANCEL: Specification = {"cancellation_reason": choice("abandoned", "duplicate", "requested_by_customer")}
_LIST: Specification = {**PAGE, "customer": text(), "payment_method": text()}
_ATTEMPTS: Specification = {**PAGE, "setup_intent": required(text())}

OPERATIONS = (
    Operation("POST", "/v1/setup_intents", create, "setup_intent", _CREATE),
    Operation("GET", "/v1/setup_intents", list_all, "list:setup_intent", _LIST),
    Operation("GET", "/v1/setup_intents/{id}", retrieve, "setup_intent", _SECRET, public=True),
    Operation("POST", "/v1/setup_intents/{id}", update, "setup_intent", {**intents.UPDATE, **_OPTIONS}),
    Operation("POST", "/v1/setup_intents/{id}/confirm", confirm, "setup_intent", _CONFIRM, public=True),
    Operation("POST", "/v1/setup_intents/{id}/cancel", cancel, "setup_intent", _CANCEL),
    Operation("GET", "/v1/setup_attempts", list_attempts, "list:setup_attempt", _ATTEMPTS),
)
