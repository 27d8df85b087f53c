"""Due occurrences of schedules: each once, and none for a time before the schedule was made or changed."""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .cron import ExpressionError
from .expressions import INSTANT, parse

LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Entry:
    """A schedule in its current state. `changed` is the time of its creation or last change."""

    arn: str
    expression: str
    zone: str
    target: Mapping[str, Any]
    changed: datetime
    start: datetime | None = None
    end: datetime | None = None


@dataclass(frozen=True)
class Due:
    """An entry whose time has come. `last` means that there is no later occurrence."""

    entry: Entry
    at: datetime
    last: bool


class Timetable:
    """Remembers up to which time each schedule has been served."""

    def __init__(self) -> None:
        self._served: dict[str, tuple[datetime, datetime]] = {}

    def due(self, entries: Iterable[Entry], now: datetime) -> list[Due]:
        """The due occurrences. Of occurrences that were missed since the last call only the latest is made up for."""
        found: list[Due] = []
        for entry in entries:
            try:
                found += self._due(entry, now)
            except ExpressionError as error:
                LOG.warning("%s: %s", entry.arn, error)
        return found

    def _due(self, entry: Entry, now: datetime) -> list[Due]:
        schedule = parse(entry.expression, start=entry.start or entry.changed, zone=entry.zone)
        changed, served = self._served.get(entry.arn, (None, now))
        if changed != entry.changed:
            served = max(entry.start or entry.changed, entry.changed) - INSTANT
        at = schedule.next_after(served)
        if at is None or at > now or (entry.end and at > entry.end):
            self._served[entry.arn] = (entry.changed, served)
            return []
        following = schedule.next_after(at)
        while following is not None and following <= now:
            at, following = following, schedule.next_after(following)
        self._served[entry.arn] = (entry.changed, at)
        return [Due(entry, at, last=following is None or (entry.end is not None and following > entry.end))]

    def forget(self, arn: str) -> None:
        """Forget a deleted schedule."""
        self._served.pop(arn, None)
