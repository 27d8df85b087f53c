"""`rideflow logs FUNCTION`."""

import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from local.commands.output import console, fail, refuse_without_effect

POLL_S = 0.1
LINES = 100


def logs(
    function: Annotated[
        str | None,
        typer.Argument(
            metavar="FUNCTION",
            help="Such as [bold]notifications.on_trip_changed[/bold]; a unique part of the name will do.",
            show_default=False,
        ),
    ] = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on as new lines come, until Ctrl-C.")] = False,
    lines: Annotated[
        int | None,
        typer.Option("--lines", "-n", help=f"How many of the last lines to begin with; without it, {LINES}.", min=0),
    ] = None,
) -> None:
    """Show the log of a function, or of one of the stack's servers.

    Without a name, lists the logs that can be shown. Servers are postgres, redis, localstack, ministack, stripe and
    supervisor.
    """
    from local.paths import STACK

    found = {_plain(path.stem): path for path in STACK.logs.rglob("*.log")}
    if function is None:
        told = {"--follow": follow, "--lines": lines is not None}
        refuse_without_effect("The name of a log is missing", told)
        console.print("\n".join(sorted(found)) or "Nothing was logged yet.", highlight=False)
        return
    chosen = _chosen(function, found)
    if not follow and not chosen.stat().st_size:
        console.print(f"{_plain(chosen.stem)} has logged nothing.", highlight=False)
        return
    _show(chosen, LINES if lines is None else lines, follow=follow)


def _chosen(name: str, found: dict[str, Path]) -> Path:
    wanted = _plain(name)
    from local.paths import command

    fitting = [wanted] if wanted in found else sorted(candidate for candidate in found if wanted in candidate)
    if not fitting:
        raise fail(f"Nothing of that name was logged: {name}. `{command('logs')}` lists what was.")
    if len(fitting) > 1:
        raise fail(f"{name} may be any of: {', '.join(fitting)}")
    return found[fitting[0]]


def _plain(name: str) -> str:
    """`rideflow-local-trips-request_trip`, `trips/request_trip` and `trips.request_trip` are the same function."""
    return name.removeprefix("rideflow-local-").replace("/", ".").replace("-", ".")


def _show(file: Path, lines: int, *, follow: bool) -> None:
    with file.open(encoding="utf-8", errors="replace") as log:
        sys.stdout.writelines(log.readlines()[-lines:] if lines else log.readlines()[:0])
        try:
            while follow:
                sys.stdout.write(log.read())
                sys.stdout.flush()
                time.sleep(POLL_S)
        except KeyboardInterrupt:
            return
