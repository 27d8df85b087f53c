"""Shows the steps of a start as they happen: a live list on a terminal, lines elsewhere, also during a long step."""

import threading
import time
from dataclasses import dataclass
from types import TracebackType

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.markup import escape
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from local.steps import State, Step

REFRESH_PER_S = 8
TELL_EVERY_S = 5.0
ENDED = {State.DONE, State.FAILED}


@dataclass
class Shown:
    """A step as it was last reported, and when it began."""

    step: Step
    began: float

    @property
    def seconds(self) -> float:
        return self.step.seconds if self.step.state in ENDED else time.monotonic() - self.began


class Progress:
    """A context manager; `report` may be called from any thread."""

    def __init__(self, console: Console, tell_every_s: float = TELL_EVERY_S) -> None:
        self._console = console
        # Reentrant: a signal's handler shows the list for the last time, and may interrupt code that holds the lock.
        self._lock = threading.RLock()
        self._steps: dict[str, Shown] = {}
        self._spinner = Spinner("dots", style="cyan")
        self._live = Live(get_renderable=self._render, console=console, refresh_per_second=REFRESH_PER_S)
        self._tell_every_s = tell_every_s
        self._over = threading.Event()

    def __enter__(self) -> "Progress":
        if self._console.is_terminal:
            self._live.start()
        else:
            threading.Thread(target=self._tell_what_goes_on, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Leave the terminal as it was, with the cursor back. Calling it again is harmless."""
        self._over.set()
        if self._console.is_terminal:
            self._live.stop()

    def report(self, step: Step) -> None:
        with self._lock:
            shown = self._steps.setdefault(step.name, Shown(step, time.monotonic()))
            shown.step = step
        if not self._console.is_terminal and step.state in ENDED:
            mark = "✓" if step.state is State.DONE else "✗"
            self._console.print(f"{mark} {step.name} {step.seconds:.1f} s {escape(step.detail)}", highlight=False)

    def _tell_what_goes_on(self) -> None:
        """Lines during a long step: a log without news for a minute looks like a program that hangs."""
        while not self._over.wait(self._tell_every_s):
            with self._lock:
                running = [shown for shown in self._steps.values() if shown.step.state not in ENDED]
            for shown in running:
                line = f"… {shown.step.name} {shown.seconds:.0f} s {escape(shown.step.detail)}"
                self._console.print(line, highlight=False)

    def _render(self) -> RenderableType:
        table = Table.grid(padding=(0, 1))
        with self._lock:
            for shown in self._steps.values():
                step, seconds = shown.step, f"{shown.seconds:.1f} s"
                table.add_row(self._mark(step), step.name, Text(seconds, style="dim"), Text(step.detail, style="dim"))
        return Group(table)

    def _mark(self, step: Step) -> RenderableType:
        if step.state is State.DONE:
            return Text("✓", style="green")
        if step.state is State.FAILED:
            return Text("✗", style="bold red")
        return self._spinner
