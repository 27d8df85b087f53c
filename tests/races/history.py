"""The history of a walk, so that a failed one reports its acts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import is_dataclass
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from rideflow.trips.model import Trip
from tests.races.processes import Act


class WalkFailedError(BaseException):
    """A walk failed. It ends all walks, and its message has the acts.

    It is no `Exception`, since Hypothesis would catch that and try to reproduce it. Simultaneous processes do not act
    the same twice, and Hypothesis would only report that the walk is flaky.
    """

    def __init__(self, failure: Exception) -> None:
        super().__init__(str(failure))
        self.failure = failure


class History:
    """Acts in their order, with their answers; people and trips by short names."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._names: dict[UUID, str] = {}

    def knows(self, *people_or_trips: UUID, of: str) -> None:
        """Give the id a short name: `driver 1`, `trip 2`, …"""
        for each in people_or_trips:
            count = sum(name.startswith(f"{of} ") for name in self._names.values())
            self._names.setdefault(each, f"{of} {count + 1}")

    def add(self, what: str) -> None:
        self._lines.append(what)

    def acts(self, acts: Sequence[Act]) -> None:
        """Add acts that begin now, one or several simultaneous ones: they are listed even if one of them fails."""
        said = [f"{act.name}({', '.join(map(self._short, act.arguments))})" for act in acts]
        self.add(said[0] if len(said) == 1 else "at once: " + "; ".join(said))

    def ended(self, outcomes: Sequence[Any]) -> None:
        """Add the outcomes of the last acts."""
        self._lines[-1] += " -> " + "; ".join(map(self._short, outcomes))

    def __str__(self) -> str:
        return "\n".join(f"{number:4} {line}" for number, line in enumerate(self._lines, 1))

    def _short(self, value: Any) -> str:
        """A value in short form."""
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
