"""A clock that a test turns."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any


@dataclass
class Watch[Moment: Any]:
    """Shows `now` whenever it is asked: a time, or seconds."""

    now: Moment

    def __call__(self) -> Moment:
        return self.now

    def turn(self, by: timedelta) -> None:
        self.now += by
