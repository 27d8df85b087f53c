"""Names for the versions of a market's terms and rates."""

from __future__ import annotations

import hashlib
import json
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from pydantic import BaseModel

_DIGITS = 8


@lru_cache(maxsize=256)
def version_of(what: str, content: BaseModel) -> str:
    """The name of these terms or rates, such as `terms-3f9a1c2e`: it changes exactly when a value does.

    The digits are the first of the SHA-256 of all fields, also of those that have their default, in the order of their
    names. How a file is written does not count, nor does how a decimal is: 0.8 is 0.80. Nobody has to remember to count
    a version up, and a value that is taken back brings back its name.
    """
    written = json.dumps(content.model_dump(), sort_keys=True, separators=(",", ":"), default=_exact)
    return f"{what}-{hashlib.sha256(written.encode()).hexdigest()[:_DIGITS]}"


def _exact(value: Decimal) -> str:
    """A decimal as a fraction in lowest terms: each value has one."""
    return str(Fraction(value))
