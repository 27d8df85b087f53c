"""The summary of a Stripe object that an event carries: its ids alone.

A webhook may bring a megabyte, nested at any depth, and an event on the bus holds 256 KiB. It also describes people and
their cards, and events carry no personal data. So the summary has the members below, if they are of the right type, and
no others.

| member                            | type in the summary                             | read by                 |
|-----------------------------------|-------------------------------------------------|-------------------------|
| id, customer, payment_method      | an id, also if the whole object stands there    | payments, of cards      |
| metadata.rider_id                 | text                                            | payments, of cards      |

A text has 1 to 255 printable ASCII characters, so a summary has less than 2 KB.
"""

from __future__ import annotations

from typing import Any

from rideflow.payments.providers.stripe.ids import id_in, word_in

_IDS = ("id", "customer", "payment_method")


def summary_of(stripe_object: Any) -> dict[str, Any]:
    """The members of the table. Empty if the value is no object. Deeper levels are never visited."""
    if not isinstance(stripe_object, dict):
        return {}
    found: dict[str, Any] = {name: id_in(stripe_object.get(name)) for name in _IDS}
    metadata = stripe_object.get("metadata")
    rider_id = word_in(metadata.get("rider_id")) if isinstance(metadata, dict) else None
    found["metadata"] = {"rider_id": rider_id} if rider_id is not None else None
    return {name: value for name, value in found.items() if value is not None}
