"""Sizes of the zones whose ticks are measured."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ZoneSize:
    """The numbers of free drivers and waiting riders at the begin of a tick."""

    drivers: int
    requests: int

    @classmethod
    def of(cls, text: str) -> ZoneSize:
        """The size from `drivers:requests`. Raises `ValueError`."""
        size = cls(*(int(number) for number in text.split(":", 1)))
        if min(size.drivers, size.requests) < 1:
            raise ValueError(f"{text}: a zone has one driver and one request at least")
        return size
