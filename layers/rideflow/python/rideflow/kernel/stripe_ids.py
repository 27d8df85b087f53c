"""Ids and words in Stripe's objects, as far as they are fit to be looked up, stored and told to others.

A webhook brings objects of other shops, too, whose members may be anything that JSON can write: nested thousands deep,
hundreds of kilobytes long, with a NUL or half a surrogate pair, which PostgreSQL does not take. Stripe's own are short.
"""

from __future__ import annotations

import re

_WORD = re.compile(r"[\x20-\x7e]{1,255}")
"""Stripe's ids have at most 255 characters (https://docs.stripe.com/upgrades, "backward-compatible changes")."""


def word_in(value: object) -> str | None:
    """The value, if it is a text of 1 to 255 printable ASCII characters; else None."""
    return value if isinstance(value, str) and _WORD.fullmatch(value) else None


def id_in(reference: object) -> str | None:
    """The id of an object that is told of by its id, or as a whole if that was asked for; None for what has no id."""
    return word_in(reference.get("id") if isinstance(reference, dict) else reference)
