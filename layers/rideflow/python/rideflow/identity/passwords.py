"""How strong a password has to be: the rules of the user pool, which infrastructure reads from here.

They are checked before Cognito is asked. Cognito checks them too, but may look first whether the e-mail has an account:
a weak password would tell.
"""

from __future__ import annotations

MIN_LENGTH = 10
SYMBOLS = frozenset("^$*.[]{}()?-\"!@#%&/\\,><':;|_~`+= ")
"""What Cognito counts as symbols: its guide "Adding user pool password requirements"."""


def weakness(password: str) -> str | None:
    """The first rule that the password breaks, as its owner is told; None if it breaks none."""
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
