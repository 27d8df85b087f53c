"""Shows the steps of a start as they happen: a live list on a terminal, a line for each end of a step elsewhere."""

import threading
from types import TracebackType

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.markup import escape
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from local.steps import State, Step

REFRESH_PER_S = 8


class Progress:
    """A context manager; `report` may be called from any thread."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._lock = threading.Lock()
        self._steps: dict[str, Step] = {}
        self._spinner = Spinner("dots", style="cyan")
        self._live = Live(get_renderable=self._render, console=console, refresh_per_second=REFRESH_PER_S)

    def __enter__(self) -> "Progress":
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._console.is_terminal:
            self._live.stop()

    def report(self, step: Step) -> None:
        with self._lock:
            self._steps[step.name] = step
        if not self._console.is_terminal and step.state in {State.DONE, State.FAILED}:
            mark = "✓" if step.state is State.DONE else "✗"
            self._console.print(f"{mark} {step.name} {step.seconds:.1f} s {escape(step.detail)}", highlight=False)

    def _render(self) -> RenderableType:
        table = Table.grid(padding=(0, 1))
        with self._lock:
            for step in self._steps.values():
                seconds = f"{step.seconds:.1f} s" if step.seconds else ""
                table.add_row(self._mark(step), step.name, Text(seconds, style="dim"), Text(step.detail, style="dim"))
        return Group(table)

    def _mark(self, step: Step) -> RenderableType:
        if step.state is State.DONE:
            return Text("✓", style="green")
        if step.state is State.FAILED:
            return Text("✗", style="bold red")
        return self._spinner
