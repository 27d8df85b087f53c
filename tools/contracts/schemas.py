"""JSON schemas of the product's models as the documents share them: one name, one schema."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Any, get_args

from rideflow.trips.events import TripEvent
from rideflow.trips.model import TRANSITIONS, Actor, TripState
from rideflow.trips.scheduled.events import ScheduledRideEvent
from rideflow.trips.scheduled.model import RIDE_TRANSITIONS, HeldUp, RideState

type Json = dict[str, Any]

REFERENCE = "#/components/schemas/{model}"


class NameClashError(ValueError):
    """Two different schemas would have one name in a document."""


class DanglingReferenceError(ValueError):
    """A document refers to a schema that it does not hold."""


def _values(words: Iterable[StrEnum]) -> list[str]:
    return [str(word) for word in words]


def _names(base: type, logged: Iterator[str]) -> list[str]:
    """The names that an event can have: on the bus, as a class, and in the log."""
    classes: list[type] = base.__subclasses__()
    return sorted({each.__name__ for each in classes} | set(logged))


WORDS: dict[str, list[str]] = {
    "actor": _values(Actor),
    "held_up": list(get_args(HeldUp.__value__)),
    "scheduled_ride_event": _names(ScheduledRideEvent, (each.event for each in RIDE_TRANSITIONS.values())),
    "scheduled_ride_state": _values(RideState),
    "trip_event": _names(TripEvent, (each.event for each in TRANSITIONS.values())),
    "trip_state": _values(TripState),
}
"""The vocabularies that `kernel.model.word_of` names: the words that another context's fields may hold."""


def put(into: dict[str, Any], name: str, what: Any) -> None:
    """Raises `NameClashError` if the name already belongs to another schema."""
    if into.setdefault(name, what) != what:
        raise NameClashError(name)


def lift(schema: Json, schemas: dict[str, Json]) -> Json:
    """The schema with its `$defs` among the document's shared schemas, and with the words of its vocabularies."""
    schema = with_words(dict(schema))
    for name, definition in schema.pop("$defs", {}).items():
        put(schemas, name, definition)
    return schema


def with_words(node: Any) -> Any:
    """`x-word-of: trip_state` as an enum of the states."""
    if isinstance(node, list):
        return [with_words(each) for each in node]
    if not isinstance(node, dict):
        return node
    found = {key: with_words(value) for key, value in node.items() if key != "x-word-of"}
    return found | {"enum": WORDS[node["x-word-of"]]} if "x-word-of" in node else found


def references(node: Any) -> Iterator[str]:
    """Every `$ref` inside."""
    if isinstance(node, dict):
        yield from (value for key, value in node.items() if key == "$ref" and isinstance(value, str))
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def resolved(document: Json, reference: str) -> Any:
    """The schema that `#/components/schemas/Trip` refers to. Raises `DanglingReferenceError`."""
    found: Any = document
    for part in reference.removeprefix("#/").split("/"):
        try:
            found = found[part.replace("~1", "/").replace("~0", "~")]
        except (KeyError, TypeError) as missing:
            raise DanglingReferenceError(reference) from missing
    return found


def pruned(document: Json) -> Json:
    """The document without unused shared schemas. Raises `DanglingReferenceError`."""
    schemas = document["components"]["schemas"]
    rest = {**document, "components": {**document["components"], "schemas": {}}}
    waiting, used = list(references(rest)), set[str]()
    while waiting:
        reference = waiting.pop()
        found = resolved(document, reference)
        if reference not in used:
            used.add(reference)
            waiting += references(found)
    kept = {name: schemas[name] for name in sorted(schemas) if REFERENCE.format(model=name) in used}
    return {**document, "components": {**document["components"], "schemas": kept}}
