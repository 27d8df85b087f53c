"""How commands talk: results on standard output, everything else on standard error, one voice for failures."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.markup import escape

if TYPE_CHECKING:
    from local.record import StackRecord

INTERRUPTED = 130
"""The exit status of a command that was told to stop: 128 and the number of SIGINT, as shells have it."""

console = Console()
errors = Console(stderr=True)


def running_stack() -> "StackRecord":
    """The record of this checkout's stack; exit status 1 with what to do when it is not up, or not yet."""
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
    """Show what went wrong; raise what this returns."""
    errors.print(f"[bold red]✗[/bold red] {escape(message)}", highlight=False, soft_wrap=True)
    return typer.Exit(1)


def refuse_unwritable(option: str, path: Path | None) -> None:
    """Before the work, not after it."""
    if path is not None and (why := unwritable(path)):
        raise fail(f"{option}: {path} cannot be written: {why}.")


def unwritable(path: Path) -> str | None:
    """Why the file cannot be written, if it cannot. What it holds stays."""
    is_new = not path.exists()
    try:
        path.open("ab").close()
    except OSError as error:
        return error.strerror
    if is_new:
        path.unlink()
    return None


@contextmanager
def failures_explained() -> Iterator[None]:
    """What a person can mend becomes a sentence and exit status 1; a mistake of ours keeps its traceback."""
    from local.supervisor import EXPECTED, SupervisorError

    try:
        yield
    except (*EXPECTED, SupervisorError) as error:
        raise fail(str(error)) from None
