"""`rideflow up` and `rideflow down`."""

import threading
from typing import TYPE_CHECKING, Annotated

import typer

from local.commands.console import Basemap, build_console, use_basemap
from local.commands.market import FurtherMarkets, use
from local.commands.output import console, fail
from local.commands.stages import failures_explained
from simulation.scenes.names import SceneName

if TYPE_CHECKING:
    from subprocess import Popen

STOP_POLL_S = 0.2
DEMO_ENDS_WITHIN_S = 3.0
STEPS = {
    "status": "where everything answers",
    "demo": "plays rides",
    "logs notifications.on_trip_changed": "what a function said of them",
    "down": "ends the stack",
}
"""Commands to go on with."""
GETTING_STARTED = "docs/getting-started.md"


def up(
    foreground: Annotated[bool, typer.Option("--foreground", "-f", help="Stay, and stop the stack on Ctrl-C.")] = False,
    rides: Annotated[
        int, typer.Option("--demo", metavar="RIDES", help="With --foreground: play so many rides when it is up.", min=0)
    ] = 0,
    scene: Annotated[
        SceneName | None, typer.Option(help="With --foreground: play a scene when it is up, of --demo rides or 200.")
    ] = None,
    markets: FurtherMarkets = None,
    basemap: Basemap = None,
) -> None:
    """Start the whole cloud on this machine and deploy RideFlow to it.

    Starts PostgreSQL, Redis, LocalStack, Cognito and the Stripe double on free ports of the loopback interface, deploys
    the same CloudFormation templates that AWS would get, and ends with the addresses. Stores are empty at every start.

    With STRIPE_API_KEY (a test key) set, payments go to Stripe itself instead of the double.
    """
    from local.commands.progress import Progress
    from local.paths import STACK, command
    from local.supervisor import start_detached

    if (rides or scene) and not foreground:
        raise fail(f"--demo and --scene need --foreground; or run `{command('demo')}` when the stack is up.")
    use(markets)
    use_basemap(basemap)
    with failures_explained():
        build_console()
        if foreground:
            _stay(_demo(rides, scene))
            return
        with Progress(console) as progress:
            start_detached(STACK, progress.report)
    _show_addresses()
    _show_next_steps(STEPS)


def down() -> None:
    """Stop the stack and everything it started."""
    from local.paths import STACK
    from local.supervisor import stop_running

    with failures_explained():
        stopped = stop_running(STACK)
    console.print("The stack is down." if stopped else "The stack was not running.")


def _demo(rides: int, scene: SceneName | None) -> list[str]:
    """The arguments of the demo that is played; none if there is none."""
    return [*(["--scene", scene] if scene else []), *(["--rides", str(rides)] if rides else [])]


def _stay(demo: list[str]) -> None:
    from local.commands.progress import Progress
    from local.paths import STACK
    from local.record import StackRecord
    from local.supervisor import supervise

    progress = Progress(console)

    def ready(_: StackRecord, stop: threading.Event) -> None:
        progress.stop()
        _show_addresses()
        if demo:
            _play(demo, stop)
        if not stop.is_set():
            _show_next_steps({name: told for name, told in STEPS.items() if name not in {"demo", "down"}})
            console.print("\nThe stack stays up until [bold]Ctrl-C[/bold].")

    def leave() -> None:
        progress.stop()
        console.print("Interrupted; what was started is being ended.")

    with progress:
        supervise(STACK, progress.report, ready, leave=leave)
    console.print("The stack is down.")


def _play(arguments: list[str], stop: threading.Event) -> None:
    """Run the demo in a process of its own: the stack must survive a failed demo, so that a person can inspect it."""
    import subprocess
    import sys

    from local.paths import ROOT

    with subprocess.Popen([sys.executable, "-m", "local", "demo", *arguments], cwd=ROOT) as demo:
        while demo.poll() is None:
            if stop.wait(STOP_POLL_S):
                _end(demo)


def _end(demo: "Popen[bytes]") -> None:
    """Ctrl-C has reached the demo as well, so it gets time to end by itself. The stack comes down in any case."""
    import contextlib
    import signal
    import subprocess

    for number in (None, signal.SIGTERM, signal.SIGKILL):
        if number is not None:
            demo.send_signal(number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            demo.wait(DEMO_ENDS_WITHIN_S)
            return


def _show_next_steps(steps: dict[str, str]) -> None:
    from rich.table import Table

    from local.paths import command

    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)  # a command that wraps over two lines cannot be copied
    table.add_column()
    for arguments, meaning in steps.items():
        table.add_row(f"  [bold]{command(arguments)}[/bold]", meaning)
    table.add_row(f"  [bold]{GETTING_STARTED}[/bold]", "a ride by hand, in a browser or with curl")
    console.print("\nNext:", table)


def _show_addresses() -> None:
    from local.commands.status import addresses, show_console
    from local.paths import STACK
    from local.record import load

    record = load(STACK.record)
    console.print(addresses(record))
    show_console(record)
