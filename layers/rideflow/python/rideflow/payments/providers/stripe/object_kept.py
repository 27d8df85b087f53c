"""The members of a Stripe object that are stored until its event is handled, and afterwards for an operator.

A webhook brings its whole object: of a payment, for instance, the card, and the name, address and e-mail of its holder.
Payments reads few of the members, and of personal data it keeps the faces of cards alone. So the members
below are stored, and no others; an operator finds the rest at Stripe, by the event's id.

| member                      | stored                                       | read for                          |
|-----------------------------|----------------------------------------------|-----------------------------------|
| id, amount_received         | as it is; if it is unreadable, a mark        | which hold, and what was captured |
| metadata                    | those of our ids that are UUIDs;             | which order                       |
|                             |   if it is no object, a mark                 |                                   |
| payment_intent              | the id alone, if it is one                   | which hold was refunded, disputed |
| customer, payment_method    | the id alone, if it is one                   | an operator                       |

An unreadable member is marked, not left out: an object of ours with such a member raises when it is handled, as it
would with the member itself or without an amount, and is listed as unhandled. The mark of a text that is no word
(`word_in`) is `""`; that of any other value (an object, an array, a number of more than 64 bits) is `[]`. What is
stored has less than 2 KB, and `jsonb` takes it: that type refuses an escaped NUL and half a surrogate pair, and a
provider may send both.
"""

from __future__ import annotations

from typing import Any

from rideflow.kernel.ids import uuid_of
from rideflow.payments.providers.stripe.ids import id_in, word_in

_SCALARS = ("id", "amount_received")
_IDS = ("customer", "payment_method", "payment_intent")
_OUR_IDS = ("order_id", "trip_id", "rider_id")


def kept_of(stripe_object: dict[str, Any]) -> dict[str, Any]:
    """The members of the table that the object has. Deeper levels are never visited."""
    kept = {name: _readable(stripe_object[name]) for name in _SCALARS if name in stripe_object}
    kept |= {name: found for name in _IDS if (found := id_in(stripe_object.get(name))) is not None}
    if "metadata" in stripe_object:
        kept["metadata"] = _metadata(stripe_object["metadata"])
    return kept


def _metadata(told: Any) -> Any:
    if not isinstance(told, dict):
        return []
    return {name: str(found) for name in _OUR_IDS if (found := uuid_of(told.get(name))) is not None}


def _readable(value: Any) -> Any:
    """The value, or the mark in its place."""
    match value:
        case None | bool():
            return value
        case str():
            return word_in(value) or ""
        case int() | float() if -(2**63) <= value < 2**63:
            return value
        case _:
            return []
