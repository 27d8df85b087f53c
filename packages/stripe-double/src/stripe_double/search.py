"""Stripe's search language: `email:'a@b.c' AND metadata['rider_id']:'7'`.

Source: https://docs.stripe.com/search#search-query-language. AND and OR cannot be mixed. Stripe's index lags behind
by up to a minute; this one does not.
"""

import operator
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from stripe_double.errors import invalid
from stripe_double.lists import limit_of
from stripe_double.parameters import LIMIT, Specification, required, text
from stripe_double.world import Object

ACCEPTS: Specification = {"query": required(text()), "limit": LIMIT, "page": text()}

_CLAUSE = re.compile(
    r"""\s*(?P<not>-)?(?P<field>[a-z_.]+)(?:\[(?P<quote>["'])(?P<key>.+?)(?P=quote)\])?"""
    r"""(?P<how>>=|<=|:|~|>|<)(?:(?P<mark>["'])(?P<text>.*?)(?<!\\)(?P=mark)|(?P<bare>[^\s]+))\s*"""
)
_JOINT = re.compile(r"(AND|OR)\b", re.IGNORECASE)
_NUMERIC: dict[str, Callable[[float, float], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}


@dataclass(frozen=True, slots=True)
class Clause:
    field: str
    key: str | None
    how: str
    wanted: str | None
    negated: bool

    def holds(self, thing: Object) -> bool:
        return self._holds(thing) is not self.negated

    def _holds(self, thing: Object) -> bool:
        found: Any = thing
        for part in self.field.split("."):
            found = found.get(part) if isinstance(found, dict) else None
        if self.key is not None:
            found = (found or {}).get(self.key)
        if self.wanted is None:
            return found is None
        if found is None:
            return False
        if self.how in _NUMERIC:
            return _NUMERIC[self.how](float(found), float(self.wanted))
        shown, wanted = str(found).lower(), self.wanted.lower()
        return wanted in shown if self.how == "~" else shown == wanted


def parse(query: str, fields: Iterable[str]) -> tuple[list[Clause], bool]:
    """The clauses, and whether one match is enough (OR). Raises for a query that Stripe would refuse."""
    clauses: list[Clause] = []
    joints: set[str] = set()
    position = 0
    while True:
        match = _CLAUSE.match(query, position)
        if match is None or match["field"] not in fields:
            raise _not_understood(query)
        clauses.append(_clause(match))
        position = match.end()
        if position >= len(query):
            break
        joint = _JOINT.match(query, position)
        if joint is None:
            raise _not_understood(query)
        joints.add(joint[1].upper())
        position = joint.end()
    if len(joints) > 1:
        raise invalid("You can't use both AND and OR in a query.", param="query")
    return clauses, joints == {"OR"}


def _clause(match: re.Match[str]) -> Clause:
    bare = match["bare"]
    wanted = match["text"] if bare is None else (None if bare == "null" else bare)
    if wanted is not None:
        wanted = re.sub(r"\\(.)", r"\1", wanted)
    return Clause(match["field"], match["key"], match["how"], wanted, bool(match["not"]))


def _not_understood(query: str) -> Exception:
    return invalid(f"We were unable to parse your search query: {query}", param="query")


def search(things: list[Object], given: dict[str, Any], fields: Iterable[str], url: str) -> Object:
    """A page of matching objects, newest first; `page` is the number of rows on the former pages."""
    clauses, any_is_enough = parse(given["query"], fields)
    enough = any if any_is_enough else all
    found = [thing for thing in things if enough(clause.holds(thing) for clause in clauses)][::-1]
    start = int(given.get("page") or 0)
    limit = limit_of(given)
    more = len(found) > start + limit
    return {
        "object": "search_result",
        "data": found[start : start + limit],
        "has_more": more,
        "next_page": str(start + limit) if more else None,
        "url": url,
        "_total": len(found),
    }
