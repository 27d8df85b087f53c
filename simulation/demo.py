"""`rideflow demo`: an evening on the screen, its summary as JSON, and an exit status for scripts."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.live import Live

from simulation import view
from simulation.demand import drawn, recorded
from simulation.evening import Evening, Plan, Play
from simulation.mailbox import Mailbox
from simulation.pace import Pace
from simulation.picture import Picture
from simulation.scenes import view as scenes
from simulation.scenes.night import Night
from simulation.scenes.play import ScenePlay
from simulation.stack import Stack

INTERRUPTED = 130
"""The exit status of a scene that was interrupted: 128 plus the number of SIGINT, as in shells."""

_FRAMES_A_SECOND = 4
_TELL_EVERY_S = 5.0


def plan_of(trips: Path | None, rides: int, drivers: int, speed: float | None, seed: int) -> Plan:
    """The plan of a demo: recorded trips if a file is given, else trips drawn with `seed`."""
    requests = drawn(rides, seed) if trips is None else recorded(trips, rides)
    return Plan(requests=requests, drivers=drivers, pace=Pace(speed), seed=seed)


def play(
    plan: Plan,
    stack: Stack,
    mailbox: Mailbox,
    cognito: Any,
    *,
    console: Console,
    json_out: Path | None,
    picture: Path | None = None,
) -> int:
    """Play the plan; 0 when every ride ended and the books balance, else 1. `picture` is an SVG to be written."""
    evening = Evening(plan)
    run = Play(stack, mailbox, cognito, evening).run()
    return _shown(evening, run, view.looks(evening), console=console, json_out=json_out, picture=picture)


def play_scene(
    night: Night,
    stack: Stack,
    mailbox: Mailbox,
    cognito: Any,
    *,
    console: Console,
    json_out: Path | None,
    picture: Path | None = None,
) -> int:
    """Play a scene; the same. It may be interrupted, which sends everybody home first: then the status is 130."""
    run = ScenePlay(stack, mailbox, cognito, night).run()
    try:
        return _shown(night, run, scenes.looks(night), console=console, json_out=json_out, picture=picture)
    except KeyboardInterrupt:
        console.print(scenes.interrupted(night), highlight=False)
        return INTERRUPTED


def _shown(
    evening: Evening,
    run: Coroutine[Any, Any, None],
    looks: view.Looks,
    *,
    console: Console,
    json_out: Path | None,
    picture: Path | None,
) -> int:
    seen = None
    if picture is not None:
        seen = Picture(evening, looks)
        run = _beside(run, seen.look())
    if console.is_terminal:
        with Live(
            get_renderable=looks.live, console=console, refresh_per_second=_FRAMES_A_SECOND, transient=True
        ):  # fmt: skip
            asyncio.run(run)
    else:
        asyncio.run(_told(run, looks, console))
    console.print(looks.summary())
    if seen is not None and picture is not None:
        seen.write(picture)
    if json_out is not None:
        json_out.write_text(json.dumps(evening.summary(), indent=2) + "\n", encoding="utf-8")
    return 0 if evening.passed else 1


async def _beside(run: Coroutine[Any, Any, None], other: Coroutine[Any, Any, None]) -> None:
    """The run; the other goes on as long as it does."""
    looking = asyncio.create_task(other)
    try:
        await run
    finally:
        looking.cancel()


async def _told(run: Coroutine[Any, Any, None], looks: view.Looks, console: Console) -> None:
    """Play the evening with a log line at intervals: a log without news for minutes looks like a program that hangs."""

    async def tell() -> None:
        while True:
            await asyncio.sleep(_TELL_EVERY_S)
            console.print(f"… {looks.line()}", highlight=False)

    await _beside(run, tell())
