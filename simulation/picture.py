"""A picture of an evening: the fullest moment of its live table, then its summary, as an SVG."""

from __future__ import annotations

import asyncio
import io
import re
from pathlib import Path

from rich.console import Console, RenderableType
from rich.rule import Rule

from simulation import view
from simulation.evening import Evening

_LOOK_EVERY_S = 0.5
_WIDTH = 90
_OF_OTHERS = re.compile(r"@font-face \{.*?\}|<!--.*?-->", re.DOTALL)
"""Fonts from a host of others, and a comment: the picture is looked at without a network too."""


class Picture:
    """Looks at an evening while it goes on, and keeps the moment with rides in the most states."""

    def __init__(self, evening: Evening, looks: view.Looks | None = None) -> None:
        self._evening = evening
        self._looks = looks or view.looks(evening)
        self._most = -1
        self._fullest: RenderableType = self._looks.live()

    async def look(self) -> None:
        """Until it is cancelled."""
        while True:
            self.take()
            await asyncio.sleep(_LOOK_EVERY_S)

    def take(self) -> None:
        """Keep this moment if no fuller one was seen."""
        states = {ride.state for ride in self._evening.rides}
        if len(states) > self._most and self._evening.stage == "rides":
            self._most, self._fullest = len(states), self._looks.live()

    def write(self, file: Path) -> None:
        """The kept moment and the summary of the finished evening."""
        console = Console(record=True, file=io.StringIO(), width=_WIDTH, force_terminal=True, color_system="truecolor")
        for part in ("", self._fullest, "", Rule("some minutes later"), "", self._looks.summary()):
            console.print(part)
        drawn = console.export_svg(title="rideflow demo")
        file.write_text(_OF_OTHERS.sub("", drawn), encoding="utf-8")
