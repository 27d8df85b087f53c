"""The password rules of the user pool; infrastructure reads them from here.

They are checked before Cognito is called. Cognito checks them too, but may look up the e-mail first: its response to a
weak password would then tell whether the e-mail has an account.
"""

from __future__ import annotations

MIN_LENGTH = 10
SYMBOLS = frozenset("^$*.[]{}()?-\"!@#%&/\\,><':;|_~`+= ")
"""The characters that Cognito counts as symbols. Source: its guide "Adding user pool password requirements"."""


def weakness(password: str) -> str | None:
    """A sentence for the user about the first rule that the password breaks; None if it breaks none."""
    if len(password) < MIN_LENGTH:
        return f"The password needs at least {MIN_LENGTH} characters."
    characters = set(password)
    for needed, name in _NEEDED:
        if characters.isdisjoint(needed):
            return f"The password needs {name}."
    return None


_NEEDED = (
    (frozenset("abcdefghijklmnopqrstuvwxyz"), "a lower-case letter from a to z"),
    (frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ"), "an upper-case letter from A to Z"),
    (frozenset("0123456789"), "a digit"),
    (SYMBOLS, "a symbol such as ! or -"),
)
