"""Webhook endpoints: the receivers of events. https://docs.stripe.com/api/webhook_endpoints."""

from fnmatch import fnmatchcase
from urllib.parse import urlsplit

from stripe_double import lists, versions
from stripe_double.errors import invalid
from stripe_double.operations import Call, Operation
from stripe_double.parameters import (
    CURSOR,
    Specification,
    boolean,
    list_of,
    merged_metadata,
    metadata,
    required,
    text,
)
from stripe_double.world import Object, World, new_id


def build(world: World, url: str, enabled_events: list[str]) -> Object:
    return {
        "id": new_id("we_1"),
        "object": "webhook_endpoint",
        "api_version": None,
        "application": None,
        "created": world.clock.now(),
        "description": None,
        "enabled_events": enabled_events,
        "livemode": False,
        "metadata": {},
        "status": "enabled",
        "url": url,
    }


def create(call: Call) -> Object:
    """Create an endpoint. Only this answer holds the signing secret, which all endpoints of a double share."""
    given = call.given
    _check_url(given["url"])
    if version := given.get("api_version"):
        versions.check(version)
    endpoint = build(call.world, given["url"], given["enabled_events"])
    endpoint |= {"api_version": given.get("api_version"), "description": given.get("description")}
    endpoint["metadata"] = merged_metadata({}, given.get("metadata"))
    call.world.keep(endpoint)
    if given.get("connect"):
        call.world.of_connected.add(endpoint["id"])
    return {**endpoint, "secret": call.world.webhook_secrets[0]}


def _check_url(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise invalid(
            "Invalid URL: An explicit scheme (such as https) must be provided.", code="url_invalid", param="url"
        )


def update(call: Call) -> Object:
    endpoint = call.world.find("webhook_endpoint", call.path["id"], "webhook_endpoint", 404)
    given = call.given
    if given.get("url"):
        _check_url(given["url"])
    endpoint |= {name: given[name] for name in ("url", "enabled_events", "description") if name in given}
    if "disabled" in given:
        endpoint["status"] = "disabled" if given["disabled"] else "enabled"
    if "metadata" in given:
        endpoint["metadata"] = merged_metadata(endpoint["metadata"], given["metadata"])
    return endpoint


def retrieve(call: Call) -> Object:
    return call.world.find("webhook_endpoint", call.path["id"], "webhook_endpoint", 404)


def list_all(call: Call) -> Object:
    return lists.page(call.world.all("webhook_endpoint"), call.given, "/v1/webhook_endpoints")


def delete(call: Call) -> Object:
    endpoint = retrieve(call)
    del call.world.objects["webhook_endpoint"][endpoint["id"]]
    return {"id": endpoint["id"], "object": "webhook_endpoint", "deleted": True}


def listening(world: World, event: Object) -> list[Object]:
    """The endpoints that want this event: one of a connected account goes to those with `connect` only.

    Source: https://docs.stripe.com/connect/webhooks.
    """
    of_connected = "account" in event
    return [
        endpoint
        for endpoint in world.all("webhook_endpoint")
        if endpoint["status"] == "enabled"
        and (endpoint["id"] in world.of_connected) is of_connected
        and any(fnmatchcase(event["type"], each) for each in endpoint["enabled_events"])
    ]


_OPTIONAL: Specification = {"description": text(), "metadata": metadata()}
_EVENTS = list_of(text())
_CREATE: Specification = {
    **_OPTIONAL,
    "url": required(text()),
    "enabled_events": required(_EVENTS),
    "api_version": text(),
    "connect": boolean(),
}
_UPDATE: Specification = {**_OPTIONAL, "url": text(), "enabled_events": _EVENTS, "disabled": boolean()}

OPERATIONS = (
    Operation("POST", "/v1/webhook_endpoints", create, "webhook_endpoint", _CREATE),
    Operation("GET", "/v1/webhook_endpoints", list_all, "list:webhook_endpoint", CURSOR),
    Operation("GET", "/v1/webhook_endpoints/{id}", retrieve, "webhook_endpoint"),
    Operation("POST", "/v1/webhook_endpoints/{id}", update, "webhook_endpoint", _UPDATE),
    Operation("DELETE", "/v1/webhook_endpoints/{id}", delete, "webhook_endpoint"),
)
