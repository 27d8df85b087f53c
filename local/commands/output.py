"""Output of commands: results on standard output, everything else on standard error, failures in one form."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.console import Console, ConsoleDimensions
from rich.markup import escape

if TYPE_CHECKING:
    from local.record import StackRecord

INTERRUPTED = 130
"""The exit status of an interrupted command: 128 plus the number of SIGINT, as in shells."""

_WHOLE_LINES = 100_000
"""More columns than any line has."""


class Output(Console):
    """Fits lines and tables into a terminal's columns. A file, or a program that reads the output, gets whole lines."""

    @property
    def size(self) -> ConsoleDimensions:
        size = super().size
        return size if self.file.isatty() else ConsoleDimensions(_WHOLE_LINES, size.height)

    @size.setter
    def size(self, new_size: tuple[int, int]) -> None:
        self._width, self._height = new_size


console = Output()
errors = Output(stderr=True)


def running_stack() -> "StackRecord":
    """The record of this checkout's stack. If the stack is not up (yet), exits with status 1 and says what to do."""
    from local.locks import holder
    from local.paths import STACK, command
    from local.record import load

    if holder(STACK.supervisor_lock) is None or not STACK.record.exists():
        raise fail(f"The stack is not running. Start it with `{command('up')}`.")
    record = load(STACK.record)
    if not record.rest_url:
        raise fail("The stack is starting. Try again when it is up.")
    return record


def fail(message: str) -> typer.Exit:
    """Show the failure. The caller raises the returned exception."""
    errors.print(f"[bold red]✗[/bold red] {escape(message)}", highlight=False, soft_wrap=True)
    return typer.Exit(1)


def refuse_without_effect(why: str, options: Mapping[str, object]) -> None:
    """Refuse options that would do nothing, for a reason: whoever gives one expects something of it.

    `options` are by name; those that were not given are false.
    """
    if given := [name for name, value in options.items() if value]:
        raise fail(f"{why}: {' and '.join(given)} would have no effect.")


def refuse_unwritable(option: str, path: Path | None) -> None:
    """Refuse an output file that cannot be written before the work is done."""
    if path is not None and (why := unwritable(path)):
        raise fail(f"{option}: {path} cannot be written: {why}.")


def unwritable(path: Path) -> str | None:
    """Why the file cannot be written, or None. Its content stays."""
    is_new = not path.exists()
    try:
        path.open("ab").close()
    except OSError as error:
        return error.strerror
    if is_new:
        path.unlink()
    return None
