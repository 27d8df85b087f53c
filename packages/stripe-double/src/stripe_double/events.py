"""Events, kept as they happened: https://docs.stripe.com/api/events."""

from fnmatch import fnmatchcase

from stripe_double import lists
from stripe_double.operations import Call, Operation
from stripe_double.parameters import PAGE, Specification, boolean, list_of, text
from stripe_double.world import Object


def retrieve(call: Call) -> Object:
    return call.world.find("event", call.path["id"], status=404)


def list_all(call: Call) -> Object:
    """`delivery_success` filters by whether every webhook endpoint has accepted the event."""
    types = [*(call.given.get("types") or []), *filter(None, [call.given.get("type")])]
    delivered = call.given.get("delivery_success")
    found = [
        event
        for event in call.world.all("event")
        if (not types or any(fnmatchcase(event["type"], each) for each in types))
        and (delivered is None or (event["pending_webhooks"] == 0) is delivered)
    ]
    return lists.page(found, call.given, "/v1/events")


_LIST: Specification = {**PAGE, "type": text(), "types": list_of(text()), "delivery_success": boolean()}

OPERATIONS = (
    Operation("GET", "/v1/events", list_all, "list:event", _LIST),
    Operation("GET", "/v1/events/{id}", retrieve, "event"),
)
