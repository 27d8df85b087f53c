"""What the runs have visited: the tables of orders and trips, the edges of both workflows, the kinds of failures.

An unvisited one is printed by its name. What cannot be visited, since it is not built yet, is listed with the reason.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from simulation.faults import asl, functions, injection, provider, sagas, weather, webhooks
from simulation.faults.course import Outcome
from simulation.faults.environments import import_everything

NOT_BUILT: Mapping[str, str] = {
    "order captured → refunded": "refunds are not built yet",
    "order settled → refunded": "refunds are not built yet",
}


def unvisited(outcomes: Iterable[Outcome]) -> list[str]:
    """The names of what no outcome has visited."""
    visited: set[str] = set()
    for outcome in outcomes:
        for was, became in outcome.order_transitions:
            visited.add(f"order {was} → {became}")
            if became == "settled":  # a webhook books and confirms in one transaction
                visited |= {f"order {was} → captured", "order captured → settled"}
        visited |= {f"trip {was} → {became}" for was, became in outcome.trip_transitions}
        visited |= {f"trip event {event}" for event in outcome.trip_events}
        visited |= {f"failure {kind}" for kind in outcome.struck}
        visited |= {f"{machine}: {state}, {edge} → {following}" for machine, state, edge, following in outcome.edges}
    return sorted(set(everything()) - visited - NOT_BUILT.keys())


def everything() -> Iterator[str]:
    """Every name that there is to visit."""
    import_everything()
    yield from (f"failure {kind}" for kind in _kinds())
    for was, became in _order_table().items():
        yield from (f"order {was} → {following}" for following in became)
    from rideflow.trips.model import TRANSITIONS

    for row in TRANSITIONS.values():
        yield f"trip event {row.event}"
        if row.leads_to is not None:
            yield from (f"trip {was} → {row.leads_to}" for was in row.allowed_in)
    for machine in (sagas.MATCH, sagas.SETTLE):
        for state, edge, following in asl.edges(sagas.definition(machine)):
            yield f"{machine}: {state}, {edge} → {following}"


def _kinds() -> Iterator[str]:
    """Every kind of failure, as runs count them."""
    for called, kinds in injection.KINDS.items():
        yield from (f"{'stripe' if called == 'capture' else called}: {kind}" for kind in kinds)
    yield from (f"webhook: {way}" for way in (*webhooks.WAYS[1:], webhooks.REORDERED))
    yield from (functions.COMES_TWICE, functions.COMES_LATE)
    yield from (*weather.BEFALLS, weather.PROVIDER_DOWN, *weather.CLOCKS)
    yield from (provider.KEY_FORGOTTEN, *(f"stripe: {kind}, each time" for kind in injection.KINDS["capture"]))


def _order_table() -> Mapping[str, Iterable[str]]:
    """The table of an order's states, wherever in payments it is."""
    tables: list[Mapping[str, Any]] = [
        table
        for name, module in sorted(sys.modules.items())
        if name.startswith("rideflow.payments.") and "pending" in (table := getattr(module, "TRANSITIONS", {}))
    ]
    return tables[0]
