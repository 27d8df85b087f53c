"""How commands talk: results on standard output, everything else on standard error, one voice for failures."""

from collections.abc import Iterator
from contextlib import contextmanager
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
    """The record of this checkout's stack; exit status 1 with what to do when it is not up."""
    from local.locks import holder
    from local.paths import STACK, command
    from local.record import load

    if holder(STACK.supervisor_lock) is None or not STACK.record.exists():
        raise fail(f"The stack is not running. Start it with `{command('up')}`.")
    return load(STACK.record)


def fail(message: str) -> typer.Exit:
    """Show what went wrong; raise what this returns."""
    errors.print(f"[bold red]✗[/bold red] {escape(message)}", highlight=False, soft_wrap=True)
    return typer.Exit(1)


@contextmanager
def failures_explained() -> Iterator[None]:
    """What a person can mend becomes a sentence and exit status 1; a mistake of ours keeps its traceback."""
    from local.supervisor import EXPECTED, SupervisorError

    try:
        yield
    except (*EXPECTED, SupervisorError) as error:
        raise fail(str(error)) from None
