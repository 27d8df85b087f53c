"""How large a zone is whose ticks are measured."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ZoneSize:
    """How many drivers are free and how many riders wait when a tick begins."""

    drivers: int
    requests: int

    @classmethod
    def of(cls, text: str) -> ZoneSize:
        """Of `drivers:requests`. Raises `ValueError`."""
        size = cls(*(int(number) for number in text.split(":", 1)))
        if min(size.drivers, size.requests) < 1:
            raise ValueError(f"{text}: a zone has one driver and one request at least")
        return size
