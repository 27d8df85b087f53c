"""The summary of a Stripe object that an event carries to other contexts.

A webhook may bring a megabyte, nested at any depth, and an event on the bus holds 256 KiB. So the summary has the
members below, if they are of the right type, and no others.

| member                            | type in the summary                             | read by                 |
|-----------------------------------|-------------------------------------------------|-------------------------|
| id, customer, payment_method      | an id, also if the whole object stands there    | riders, of their cards  |
| metadata.rider_id                 | text                                            | riders                  |
| card.brand, .last4, .funding      | text                                            | riders                  |
| card.exp_month, .exp_year         | whole number of 32 bits                         | riders                  |

A text has 1 to 255 printable ASCII characters, so a summary has less than 3 KB.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from rideflow.kernel.stripe_ids import id_in, word_in

_IDS = ("id", "customer", "payment_method")
_WORDS_OF_A_CARD = ("brand", "last4", "funding")
_NUMBERS_OF_A_CARD = ("exp_month", "exp_year")


def summary_of(stripe_object: Any) -> dict[str, Any]:
    """The members of the table. Empty if the value is no object. Deeper levels are never visited."""
    card, metadata = _object(stripe_object, "card"), _object(stripe_object, "metadata")
    parts = {
        "metadata": _fit(metadata, ("rider_id",), word_in),
        "card": _fit(card, _WORDS_OF_A_CARD, word_in) | _fit(card, _NUMBERS_OF_A_CARD, _number_in),
    }
    return _fit(stripe_object, _IDS, id_in) | {name: part for name, part in parts.items() if part}


def _object(parent: Any, name: str) -> Any:
    return parent.get(name) if isinstance(parent, dict) else None


def _fit(parent: Any, names: Iterable[str], read: Callable[[object], Any]) -> dict[str, Any]:
    """The members that `read` accepts."""
    found = {name: read(parent.get(name)) for name in names} if isinstance(parent, dict) else {}
    return {name: value for name, value in found.items() if value is not None}


def _number_in(value: object) -> int | None:
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if -(2**31) <= value < 2**31 else None
