"""The kinds of orders: for each, what its end does to the trip, and whether it has a receipt of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

type OrderKind = Literal["fare", "cancellation_fee", "tip"]


@dataclass(frozen=True, slots=True)
class Kind:
    """What is true of all orders of a kind. The rider pays each of them.

    `trip` is what the order's end means for its trip: the fare `pays` it or leaves it unpaid; a fee of a trip without a
    ride `closes` it, paid or owed; anything else is `apart` from the trip's life. `words` name the order on statements.
    """

    words: str
    trip: Literal["pays", "closes", "apart"]
    has_receipt: bool = True


KINDS: Mapping[OrderKind, Kind] = {
    "fare": Kind("fare", "pays"),
    "cancellation_fee": Kind("cancellation fee", "closes"),
    "tip": Kind("tip", "apart"),
}
