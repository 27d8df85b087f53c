"""What the other contexts are told of a Stripe object.

A webhook may bring a megabyte, nested as deep as its sender likes, and an event on the bus holds 256 KiB. So these
members are told, of these kinds, and all others are left out, also of those that are no such thing.

| member                            | is told as                                      | is read by              |
|-----------------------------------|-------------------------------------------------|-------------------------|
| id, customer, payment_method      | an id, also if the whole object stands there    | riders, of their cards  |
| metadata.rider_id                 | text                                            | riders                  |
| card.brand, .last4, .funding      | text                                            | riders                  |
| card.exp_month, .exp_year         | whole number of 32 bits                         | riders                  |

A text has 1 to 255 printable ASCII characters: all that is told has less than 3 KB.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from rideflow.kernel.stripe_ids import id_in, word_in

_IDS = ("id", "customer", "payment_method")
_WORDS_OF_A_CARD = ("brand", "last4", "funding")
_NUMBERS_OF_A_CARD = ("exp_month", "exp_year")


def summary_of(stripe_object: Any) -> dict[str, Any]:
    """The table's members. Empty for what is no object; never looks deeper than they are."""
    card, metadata = _object(stripe_object, "card"), _object(stripe_object, "metadata")
    parts = {
        "metadata": _fit(metadata, ("rider_id",), word_in),
        "card": _fit(card, _WORDS_OF_A_CARD, word_in) | _fit(card, _NUMBERS_OF_A_CARD, _number_in),
    }
    return _fit(stripe_object, _IDS, id_in) | {name: part for name, part in parts.items() if part}


def _object(parent: Any, name: str) -> Any:
    return parent.get(name) if isinstance(parent, dict) else None


def _fit(parent: Any, names: Iterable[str], read: Callable[[object], Any]) -> dict[str, Any]:
    """Those of the members that can be read."""
    found = {name: read(parent.get(name)) for name in names} if isinstance(parent, dict) else {}
    return {name: value for name, value in found.items() if value is not None}


def _number_in(value: object) -> int | None:
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if -(2**31) <= value < 2**31 else None
