"""Schedule expressions: `at(…)`, `rate(…)` and `cron(…)`."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from .cron import Cron, ExpressionError

FORM = re.compile(r"\s*(at|rate|cron)\s*\((.*)\)\s*")
UNITS = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1), "day": timedelta(days=1)}
# `next_after` excludes its argument: called with an instant earlier, it includes it.
INSTANT = timedelta(microseconds=1)


class Schedule(Protocol):
    """The due times of a schedule."""

    def next_after(self, moment: datetime) -> datetime | None:
        """The first time later than `moment`; None if there is none."""


@dataclass(frozen=True)
class At:
    """One time."""

    time: datetime

    def next_after(self, moment: datetime) -> datetime | None:
        """The time itself, if it is later than `moment`."""
        return self.time if self.time > moment else None


@dataclass(frozen=True)
class Rate:
    """Times at a fixed interval from a start on; the first is the start."""

    every: timedelta
    start: datetime

    def next_after(self, moment: datetime) -> datetime | None:
        """Counted from the start; late runs do not move it."""
        if moment < self.start:
            return self.start
        return self.start + ((moment - self.start) // self.every + 1) * self.every


@dataclass(frozen=True)
class CronTimes:
    """The times of a cron expression in a time zone."""

    cron: Cron
    zone: ZoneInfo

    def next_after(self, moment: datetime) -> datetime | None:
        """In UTC."""
        found = self.cron.next_after(moment, self.zone)
        return found.astimezone(UTC) if found else None


def parse(expression: str, *, start: datetime, zone: str = "UTC") -> Schedule:
    """The times of an expression for a schedule that starts at `start`. Raises `ExpressionError`."""
    form = FORM.fullmatch(expression)
    if not form:
        raise ExpressionError(f"neither at, rate nor cron: {expression!r}")
    kind, text = form[1], form[2].strip()
    if kind == "rate":
        return Rate(_period(text), start)
    try:
        place = ZoneInfo(zone or "UTC")
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ExpressionError(f"no time zone {zone!r}") from error
    if kind == "cron":
        return CronTimes(Cron.parse(text), place)
    try:
        return At(datetime.strptime(text, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=place).astimezone(UTC))
    except ValueError as error:
        raise ExpressionError(f"no time: {text!r}") from error


def _period(text: str) -> timedelta:
    number, _, unit = text.partition(" ")
    single = unit.strip().removesuffix("s")
    if not number.isdigit() or int(number) < 1 or single not in UNITS:
        raise ExpressionError(f"no rate: {text!r}")
    if (int(number) == 1) is unit.strip().endswith("s"):
        raise ExpressionError(f"a single {single} is singular, several are plural: {text!r}")
    return int(number) * UNITS[single]
