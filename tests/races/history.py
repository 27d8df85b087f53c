"""What happened on a walk, so that one that fails tells what led there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import is_dataclass
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from rideflow.trips.model import Trip
from tests.races.processes import Act


class WalkFailedError(BaseException):
    """The end of all walks, with what led to it.

    No `Exception`, which Hypothesis would hold back and try to bring about again: what processes do at once is not the
    same twice, and all that it then had to say is that the walk went otherwise.
    """

    def __init__(self, failure: Exception) -> None:
        super().__init__(str(failure))
        self.failure = failure


class History:
    """Acts in their order, with what each answered; people and trips by short names."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._names: dict[UUID, str] = {}

    def knows(self, *people_or_trips: UUID, of: str) -> None:
        """They are called `driver 1`, `trip 2`, …"""
        for each in people_or_trips:
            count = sum(name.startswith(f"{of} ") for name in self._names.values())
            self._names.setdefault(each, f"{of} {count + 1}")

    def add(self, what: str) -> None:
        self._lines.append(what)

    def acts(self, acts: Sequence[Act]) -> None:
        """Acts that begin now, at once or alone: they stand here even if one of them fails."""
        said = [f"{act.name}({', '.join(map(self._short, act.arguments))})" for act in acts]
        self.add(said[0] if len(said) == 1 else "at once: " + "; ".join(said))

    def ended(self, outcomes: Sequence[Any]) -> None:
        """How the acts that began last have ended."""
        self._lines[-1] += " -> " + "; ".join(map(self._short, outcomes))

    def __str__(self) -> str:
        return "\n".join(f"{number:4} {line}" for number, line in enumerate(self._lines, 1))

    def _short(self, value: Any) -> str:
        """A value as far as it tells what happened."""
        if isinstance(value, UUID):
            return self._names.get(value, "…")
        if isinstance(value, Exception):
            return f"{type(value).__name__}: {value}"
        if isinstance(value, Trip):
            return f"{self._short(value.id)} {value.state}"
        if isinstance(value, dict) and "detail" in value:  # an event
            detail = value["detail"]
            who = [self._short(UUID(detail[key])) for key in ("trip_id", "driver_id") if detail.get(key)]
            return " ".join([value["type"], *who])
        if isinstance(value, BaseModel) or is_dataclass(value):
            return type(value).__name__
        if isinstance(value, list | tuple):
            return f"[{', '.join(map(self._short, value))}]"
        text = str(value)
        for known, name in self._names.items():
            text = text.replace(str(known), name)
        return text
