"""Ids and words in Stripe's objects that are safe to look up, store and pass on.

A webhook may carry objects of other shops, whose members may be any JSON: nested thousands deep, hundreds of kilobytes
long, with a NUL or half a surrogate pair, which PostgreSQL refuses. Stripe's own are short.
"""

from __future__ import annotations

import re

_WORD = re.compile(r"[\x20-\x7e]{1,255}")
"""Stripe's ids have at most 255 characters (https://docs.stripe.com/upgrades, "backward-compatible changes")."""


def word_in(value: object) -> str | None:
    """The value, if it is a text of 1 to 255 printable ASCII characters; else None."""
    return value if isinstance(value, str) and _WORD.fullmatch(value) else None


def id_in(reference: object) -> str | None:
    """The id of a referenced object, which is given by its id or expanded as a whole; None if there is no id."""
    return word_in(reference.get("id") if isinstance(reference, dict) else reference)
