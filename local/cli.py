"""The `rideflow` command. Each command is a module in `local/commands` and imports its dependencies when it runs."""

import signal
from typing import Any

import typer
from typer.core import TyperGroup

from local import caches
from local.commands import (
    demo,
    deploy,
    destroy,
    drill,
    logs,
    market,
    operator,
    pipeline,
    programs,
    redrive,
    release,
    replay,
    ride,
    roles,
    rotate,
    status,
    up,
)
from local.commands.output import INTERRUPTED, errors
from local.paths import command


class Commands(TyperGroup):
    """An interrupted command cleans up and ends with a sentence."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            errors.print("Interrupted.")
            raise typer.Exit(INTERRUPTED) from None


app = typer.Typer(
    name="rideflow",
    cls=Commands,
    no_args_is_help=True,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
    help="A complete ride-hailing backend: run it on this machine, try it, measure it, deploy it.",
    epilog=f"Begin with [bold]{command('up')}[/bold], then [bold]{command('demo')}[/bold]. "
    f"[bold]{command('COMMAND --help')}[/bold] explains a command.",
)

THE_STACK = "The cloud on this machine"
TRY_IT = "Try and measure"
SHIP_IT = "Deploy"
OPERATE = "Operate, here or on AWS"

app.command(rich_help_panel=THE_STACK)(up.up)
app.command(rich_help_panel=THE_STACK)(up.down)
app.command(rich_help_panel=THE_STACK)(status.status)
app.command(rich_help_panel=THE_STACK)(logs.logs)
app.command(rich_help_panel=THE_STACK)(operator.operator)
app.add_typer(roles.app, rich_help_panel=THE_STACK)
app.command(rich_help_panel=TRY_IT)(demo.demo)
app.command(rich_help_panel=TRY_IT)(replay.replay)
programs.register(app, TRY_IT)
app.command(rich_help_panel=OPERATE)(ride.ride)
app.command(rich_help_panel=OPERATE)(redrive.redrive)
app.add_typer(rotate.app, rich_help_panel=OPERATE)
app.add_typer(drill.app, rich_help_panel=TRY_IT)
app.add_typer(market.app, name="market", rich_help_panel=SHIP_IT)
app.command(rich_help_panel=SHIP_IT)(deploy.deploy)
app.command(rich_help_panel=SHIP_IT)(release.release)
app.command(rich_help_panel=SHIP_IT)(release.rollback)
app.command(rich_help_panel=SHIP_IT)(deploy.synth)
app.command(rich_help_panel=SHIP_IT)(destroy.destroy)
app.command(rich_help_panel=SHIP_IT)(pipeline.pipeline)


def main() -> None:
    caches.keep()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    app()
