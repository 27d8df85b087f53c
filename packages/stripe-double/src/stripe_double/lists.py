"""Lists as Stripe pages them: newest first, `limit`, `starting_after`, `ending_before`, `has_more`."""

import operator
from collections.abc import Callable, Iterable
from typing import Any

from stripe_double.errors import no_such
from stripe_double.world import Object

DEFAULT_LIMIT = 10

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
}


def limit_of(given: dict[str, Any]) -> int:
    return int(given.get("limit") or DEFAULT_LIMIT)


def page(things: Iterable[Object], given: dict[str, Any], url: str) -> Object:
    """A page of `things`, which come in the order they were created."""
    found = within(things, "created", given.get("created"))[::-1]
    limit = limit_of(given)
    if before := given.get("ending_before"):
        newer = found[: _position(found, before, "ending_before")]
        rows, has_more = newer[-limit:], len(newer) > limit
    else:
        after = given.get("starting_after")
        start = _position(found, after, "starting_after") + 1 if after else 0
        rows, has_more = found[start : start + limit], len(found) > start + limit
    return {"object": "list", "data": rows, "has_more": has_more, "url": url}


def within(things: Iterable[Object], field: str, span: dict[str, int] | None) -> list[Object]:
    """The things whose time `field` lies in the span (`gte`, `lt` …)."""
    bounds = (span or {}).items()
    return [thing for thing in things if all(_COMPARE[how](thing[field], bound) for how, bound in bounds)]


def _position(found: list[Object], identifier: str, param: str) -> int:
    for position, thing in enumerate(found):
        if thing["id"] == identifier:
            return position
    raise no_such("object", identifier, param)


def matching(things: Iterable[Object], given: dict[str, Any], *fields: str) -> list[Object]:
    """The things whose fields equal the given values."""
    wanted = {name: given[name] for name in fields if given.get(name) is not None}
    return [thing for thing in things if all(thing.get(name) == value for name, value in wanted.items())]
