"""Virtual time: it moves when the scheduler moves it, and every reader of the time reads it here."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo

START = datetime(2026, 10, 1, 18, 0, tzinfo=UTC)
STEP = timedelta(milliseconds=1)
"""Each step takes a moment, so that nothing happens at the same time as what follows from it."""


class VirtualClock:
    """The time of a run. `skew` is added for the environment that asks: its machine's clock is off."""

    def __init__(self) -> None:
        self.at = START
        self.skew = timedelta(0)

    def now(self, tz: tzinfo | None = UTC) -> datetime:
        """The time as the environment that acts now reads it; takes what `datetime.now` takes."""
        return (self.at + self.skew).astimezone(tz)

    def time(self) -> float:
        """Unix seconds, as `time.time`."""
        return self.now().timestamp()

    def time_ns(self) -> int:
        return int(self.time() * 1_000_000) * 1_000

    def monotonic(self) -> float:
        return (self.at - START).total_seconds()

    def step(self) -> None:
        self.at += STEP

    def move_to(self, at: datetime) -> None:
        self.at = max(self.at, at)
