"""Identifiers that sort by the time they were made."""

from __future__ import annotations

import os
import time
from uuid import UUID

_VERSION_7 = 0x7 << 76
_VARIANT_RFC = 0b10 << 62


def uuid7() -> UUID:
    """A version 7 UUID: 48 bits of Unix milliseconds, then 74 random bits (RFC 9562, section 5.7).

    New rows land at the right edge of their primary-key index, and ids of events sort as they happened.
    """
    milliseconds = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10))
    high_random = (random >> 64) & 0xFFF
    low_random = random & 0x3FFF_FFFF_FFFF_FFFF
    return UUID(
        int=(milliseconds & 0xFFFF_FFFF_FFFF) << 80 | _VERSION_7 | high_random << 64 | _VARIANT_RFC | low_random
    )


def uuid_of(text: object) -> UUID | None:
    """The UUID in a field that others may write too; None if it holds anything else."""
    try:
        return UUID(text) if isinstance(text, str) else None
    except ValueError:
        return None
