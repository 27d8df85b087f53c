"""Customers: https://docs.stripe.com/api/customers."""

from typing import Any

from stripe_double import lists, payment_methods, search
from stripe_double.errors import refused
from stripe_double.operations import Call, Operation
from stripe_double.parameters import (
    ADDRESS,
    PAGE,
    Specification,
    anything,
    choice,
    list_of,
    mapping,
    merged_metadata,
    metadata,
    text,
)
from stripe_double.world import Object, new_id

_NO_ADDRESS = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))
_FIELDS: Specification = {
    "address": ADDRESS,
    "description": text(),
    "email": text(512),
    "invoice_settings": mapping(default_payment_method=text(), footer=text(), custom_fields=anything()),
    "metadata": metadata(),
    "name": text(256),
    "phone": text(20),
    "preferred_locales": list_of(text()),
    "shipping": mapping(name=text(), phone=text(), address=ADDRESS),
    "tax_exempt": choice("none", "exempt", "reverse"),
}
_SEARCHED = ("created", "email", "metadata", "name", "phone")


def build(identifier: str, created: int) -> Object:
    return {
        "id": identifier,
        "object": "customer",
        "address": None,
        "balance": 0,
        "created": created,
        "currency": None,
        "customer_account": None,
        "default_source": None,
        "delinquent": False,
        "description": None,
        "discount": None,
        "email": None,
        "invoice_prefix": identifier[-8:].upper(),
        "invoice_settings": {
            "custom_fields": None,
            "default_payment_method": None,
            "footer": None,
            "rendering_options": None,
        },
        "livemode": False,
        "metadata": {},
        "name": None,
        "next_invoice_sequence": 1,
        "phone": None,
        "preferred_locales": [],
        "shipping": None,
        "tax_exempt": "none",
        "test_clock": None,
    }


def create(call: Call) -> Object:
    world = call.world
    customer = build(new_id("cus_", 14), world.clock.now())
    method = call.given.get("payment_method")
    attached = payment_methods.resolve(world, method) if method else None
    if attached is not None:
        payment_methods.refuse_unattachable(world, attached, customer)
    _apply(call, customer, ignored=("payment_method",))
    world.keep(customer)
    world.emit("customer.created", customer)
    if attached is not None:
        payment_methods.attach_to(world, attached, customer)
    return customer


def update(call: Call) -> Object:
    customer = call.world.find("customer", call.path["id"], status=404)
    before = {name: customer[name] for name in call.given if name in customer}
    _apply(call, customer)
    if previous := _changed(before, customer):
        call.world.emit("customer.updated", customer, previous)
    return customer


def _changed(before: Object, after: Object) -> Object:
    """The value of `previous_attributes`: the former values, and of objects only the keys that differ."""
    previous: Object = {}
    for name, value in before.items():
        now = after[name]
        if isinstance(value, dict) and isinstance(now, dict):
            differing = {key: value.get(key) for key in value | now if value.get(key) != now.get(key)}
            previous |= {name: differing} if differing else {}
        elif value != now:
            previous[name] = value
    return previous


def _apply(call: Call, customer: Object, ignored: tuple[str, ...] = ()) -> None:
    settings = call.given.get("invoice_settings") or {}
    if default := settings.get("default_payment_method"):
        method = call.world.find("payment_method", default, "invoice_settings[default_payment_method]")
        if method["customer"] != customer["id"]:
            message = f"The customer does not have a payment method with the ID {default}. "
            raise refused(message + "The payment method must be attached to the customer.", code="resource_missing")
    for name, value in call.given.items():
        if name == "metadata":
            customer["metadata"] = merged_metadata(customer["metadata"], value)
        elif name == "address":
            customer["address"] = _NO_ADDRESS | value if value else None
        elif name == "invoice_settings":
            customer[name] = customer[name] | (value or {})
        elif name not in ignored:
            customer[name] = value


def retrieve(call: Call) -> Object:
    """A deleted customer is still answered, with its id and `deleted` alone."""
    known = call.world.objects["customer"].get(call.path["id"])
    return known if known is not None else call.world.find("customer", call.path["id"], status=404)


def delete(call: Call) -> Object:
    world = call.world
    customer = world.find("customer", call.path["id"], status=404)
    for method in lists.matching(world.all("payment_method"), {"customer": customer["id"]}, "customer"):
        payment_methods.detach_from(world, method)
    world.emit("customer.deleted", customer)
    gone = {"id": customer["id"], "object": "customer", "deleted": True}
    world.keep(gone)
    return gone


def list_all(call: Call) -> Object:
    return lists.page(lists.matching(call.world.all("customer"), call.given, "email"), call.given, "/v1/customers")


def find(call: Call) -> Object:
    return search.search(call.world.all("customer"), call.given, _SEARCHED, "/v1/customers/search")


def cards_of(call: Call) -> Object:
    customer = call.world.find("customer", call.path["id"], status=404)
    wanted: dict[str, Any] = {**call.given, "customer": customer["id"]}
    return payment_methods.page(call.world, wanted, f"/v1/customers/{customer['id']}/payment_methods")


OPERATIONS = (
    Operation("GET", "/v1/customers/search", find, "list:customer", search.ACCEPTS),
    Operation("POST", "/v1/customers", create, "customer", {**_FIELDS, "payment_method": text()}),
    Operation("GET", "/v1/customers", list_all, "list:customer", {**PAGE, "email": text()}),
    Operation("GET", "/v1/customers/{id}", retrieve, "customer"),
    Operation("POST", "/v1/customers/{id}", update, "customer", _FIELDS),
    Operation("DELETE", "/v1/customers/{id}", delete, "customer"),
    Operation("GET", "/v1/customers/{id}/payment_methods", cards_of, "list:payment_method", payment_methods.LIST),
)
