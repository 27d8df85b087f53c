"""PaymentIntents: their address, shape and parameters. `payments.py` moves them from status to status.

https://docs.stripe.com/api/payment_intents
"""

from typing import Any

from stripe_double import accounts, amounts, card_options, intents, lists, payments, search
from stripe_double.errors import invalid, refused
from stripe_double.operations import Call, Operation
from stripe_double.parameters import (
    ADDRESS,
    PAGE,
    Parameter,
    Specification,
    anything,
    boolean,
    choice,
    currency_code,
    integer,
    mapping,
    merged_metadata,
    metadata,
    required,
    text,
)
from stripe_double.world import Object, World, new_id

_SEARCHED = ("amount", "created", "currency", "customer", "metadata", "status")


def build(identifier: str, created: int, given: dict[str, Any]) -> Object:
    return {
        "id": identifier,
        "object": "payment_intent",
        "amount": given["amount"],
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "application": None,
        "application_fee_amount": given.get("application_fee_amount"),
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": given.get("capture_method") or "automatic_async",
        "client_secret": new_id(f"{identifier}_secret_", 25),
        "confirmation_method": given.get("confirmation_method") or "automatic",
        "created": created,
        "currency": given["currency"],
        "customer": given.get("customer"),
        "customer_account": None,
        "description": given.get("description"),
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": False,
        "managed_payments": None,
        "metadata": merged_metadata({}, given.get("metadata")),
        "next_action": None,
        "on_behalf_of": given.get("on_behalf_of"),
        "payment_method": None,
        "payment_method_configuration_details": None,
        "payment_method_options": card_options.of_payment(given.get("payment_method_options")),
        "processing": None,
        "receipt_email": given.get("receipt_email"),
        "review": None,
        "setup_future_usage": given.get("setup_future_usage"),
        "shipping": given.get("shipping"),
        "source": None,
        "statement_descriptor": given.get("statement_descriptor"),
        "statement_descriptor_suffix": given.get("statement_descriptor_suffix"),
        "status": "requires_payment_method",
        "transfer_data": given.get("transfer_data"),
        "transfer_group": given.get("transfer_group"),
    } | intents.ways_to_pay(given)


def create(call: Call) -> Object:
    world, given = call.world, call.given
    amounts.check(given["amount"], given["currency"], world.settings)
    if given.get("off_session") and not given.get("confirm"):
        raise invalid("off_session can only be set when confirm is true.", param="off_session")
    if customer := given.get("customer"):
        world.find("customer", customer, "customer")
    _check_connect(world, given)
    intent = build(new_id("pi_3"), world.clock.now(), given)
    intents.enter(call, intent)
    if given.get("confirm"):
        payments.confirm(world, intent, given)
    return intent


def _check_connect(world: World, given: dict[str, Any]) -> None:
    """Refuse accounts that the platform does not have, and a fee that nobody would pay."""
    data = given.get("transfer_data")
    if data:
        accounts.refuse_unknown(world, data["destination"], "transfer_data[destination]")
        accounts.refuse_without_transfers(world, data["destination"])
        if (data.get("amount") or 0) > given["amount"]:
            message = "The transfer amount must be less than or equal to the PaymentIntent's amount."
            raise invalid(message, param="transfer_data[amount]")
    if on_behalf_of := given.get("on_behalf_of"):
        accounts.refuse_unknown(world, on_behalf_of, "on_behalf_of")
    if given.get("application_fee_amount") and not data and world.context.account is None:
        message = (
            "Can only apply an application_fee_amount when the PaymentIntent is attempting a direct payment (using an "
            "OAuth key or Stripe-Account header) or destination payment (using `transfer_data[destination]`)."
        )
        raise invalid(message, param="application_fee_amount")


def retrieve(call: Call) -> Object:
    return intents.find(call, "payment_intent")


def update(call: Call) -> Object:
    intent = intents.find(call, "payment_intent")
    given = dict(call.given)
    if given.keys() & {"amount", "currency", "payment_method", "customer", "capture_method"}:
        payments.refuse_unless(intent, payments.UPDATABLE, "updated")
    amount, currency = given.get("amount") or intent["amount"], given.get("currency") or intent["currency"]
    amounts.check(amount, currency, call.world.settings)
    if customer := given.get("customer"):
        call.world.find("customer", customer, "customer")
    method = intents.method_given(call, given.get("customer") or intent["customer"])
    given.pop("payment_method_data", None)
    if method is not None:
        given |= {"payment_method": method["id"]}
        intent["status"] = "requires_confirmation"
    if "metadata" in given:
        given["metadata"] = merged_metadata(intent["metadata"], given["metadata"])
    _take_options(intent, given)
    if given.get("transfer_data"):
        given["transfer_data"] = (intent["transfer_data"] or {}) | given["transfer_data"]
    intent |= given
    return intent


def _take_options(intent: Object, given: dict[str, Any]) -> None:
    options = given.pop("payment_method_options", None)
    intent["payment_method_options"] = card_options.of_payment(options, intent["payment_method_options"])


def confirm(call: Call) -> Object:
    intent = intents.find(call, "payment_intent")
    payments.refuse_unless(intent, payments.CONFIRMABLE, "confirmed")
    _refuse_phone(call, intent)
    intents.refuse_without_return_url(intent, call.given)
    if method := intents.method_given(call, intent["customer"]):
        intent |= {"payment_method": method["id"], "status": "requires_confirmation"}
    _take_options(intent, call.given)
    for name in ("capture_method", "setup_future_usage", "receipt_email", "shipping"):
        if call.given.get(name) is not None:
            intent[name] = call.given[name]
    payments.confirm(call.world, intent, call.given)
    return intent


def _refuse_phone(call: Call, intent: Object) -> None:
    """Source: https://docs.stripe.com/api/payment_intents/create#create_payment_intent-confirmation_method."""
    if call.publishable and intent["confirmation_method"] == "manual":
        message = "This PaymentIntent has a confirmation_method of manual: only a secret key can confirm it."
        raise refused(message, code="payment_intent_invalid_parameter", param="confirmation_method")


def capture(call: Call) -> Object:
    intent = intents.find(call, "payment_intent")
    if call.given.get("final_capture") is False:
        raise invalid("This account cannot capture a PaymentIntent more than once.", param="final_capture")
    payments.capture(call.world, intent, call.given)
    return intent


def increment(call: Call) -> Object:
    intent = intents.find(call, "payment_intent")
    payments.increment(call.world, intent, call.given)
    return intent


def cancel(call: Call) -> Object:
    intent = intents.find(call, "payment_intent")
    payments.refuse_unless(intent, payments.CANCELABLE, "canceled")
    payments.cancel(call.world, intent, call.given.get("cancellation_reason"))
    return intent


def list_all(call: Call) -> Object:
    found = lists.matching(call.world.all("payment_intent"), call.given, "customer")
    return lists.page(found, call.given, "/v1/payment_intents")


def find(call: Call) -> Object:
    return search.search(call.world.all("payment_intent"), call.given, _SEARCHED, "/v1/payment_intents/search")


_CAPTURE_METHOD = choice("automatic", "automatic_async", "manual")
_TRANSFER: Specification = {
    "amount": integer(1),
    "description": text(),
    "metadata": metadata(),
    "payment_data": anything(),
}
_DESCRIPTORS: Specification = {"statement_descriptor": text(22), "statement_descriptor_suffix": text(22)}
_BOTH: Specification = {
    "capture_method": _CAPTURE_METHOD,
    "receipt_email": text(),
    "setup_future_usage": choice("off_session", "on_session"),
    "shipping": mapping(name=text(), phone=text(), carrier=text(), tracking_number=text(), address=ADDRESS),
}
_UPDATE: Specification = {
    **intents.UPDATE,
    **_BOTH,
    **_DESCRIPTORS,
    "amount": integer(1),
    "application_fee_amount": integer(0),
    "currency": Parameter(currency_code),
    "payment_method_options": card_options.FOR_PAYMENTS,
    "transfer_data": mapping(**_TRANSFER),
    "transfer_group": text(),
}
_CONFIRM: Specification = {
    **intents.CONFIRM,
    **_BOTH,
    "error_on_requires_action": boolean(),
    "payment_method_options": card_options.FOR_PAYMENTS,
    "off_session": choice("true", "false", "one_off", "recurring"),
}
_CREATE: Specification = {
    **intents.CREATE,
    **_UPDATE,
    **_CONFIRM,
    "amount": required(integer(1)),
    "currency": required(Parameter(currency_code)),
    "transfer_data": mapping(**_TRANSFER, destination=required(text())),
    "confirmation_method": choice("automatic", "manual"),
}
_CAPTURE: Specification = {
    **_DESCRIPTORS,
    "amount_to_capture": integer(1),
    "application_fee_amount": integer(0),
    "final_capture": boolean(),
    "metadata": metadata(),
    "transfer_data": mapping(amount=integer(1)),
}
_INCREMENT: Specification = {
    "amount": required(integer(1)),
    "application_fee_amount": integer(0),
    "description": text(),
    "metadata": metadata(),
    "statement_descriptor": text(22),
    "transfer_data": mapping(amount=integer(1)),
}
_REASONS = ("abandoned", "duplicate", "fraudulent", "requested_by_customer")
_SECRET: Specification = {"client_secret": text()}
_ONE = "/v1/payment_intents/{id}"

OPERATIONS = (
    Operation("GET", "/v1/payment_intents/search", find, "list:payment_intent", search.ACCEPTS),
    Operation("POST", "/v1/payment_intents", create, "payment_intent", _CREATE),
    Operation("GET", "/v1/payment_intents", list_all, "list:payment_intent", {**PAGE, "customer": text()}),
    Operation("GET", _ONE, retrieve, "payment_intent", _SECRET, public=True),
    Operation("POST", _ONE, update, "payment_intent", _UPDATE),
    Operation("POST", f"{_ONE}/confirm", confirm, "payment_intent", {**_CONFIRM, **_SECRET}, public=True),
    Operation("POST", f"{_ONE}/capture", capture, "payment_intent", _CAPTURE),
    Operation("POST", f"{_ONE}/increment_authorization", increment, "payment_intent", _INCREMENT),
    Operation("POST", f"{_ONE}/cancel", cancel, "payment_intent", {"cancellation_reason": choice(*_REASONS)}),
)
