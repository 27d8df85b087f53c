"""The `rideflow` command. Each command is a module in `local/commands` and imports its dependencies when it runs."""

import inspect
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
    """An interrupted command cleans up and ends with a sentence, and help fits the terminal."""

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if command := super().get_command(ctx, cmd_name):
            command.help = _reflowed(command.help or "")
            _untype_switches(command.get_params(ctx))
        return command

    def get_params(self, ctx: Any) -> Any:
        return _untype_switches(super().get_params(ctx))

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            errors.print("Interrupted.")
            raise typer.Exit(INTERRUPTED) from None


def _reflowed(text: str) -> str:
    """The text with one line for each paragraph: Typer keeps a docstring's line breaks, made for 120 columns."""
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in inspect.cleandoc(text).split("\n\n"))


def _untype_switches(parameters: list[Any]) -> list[Any]:
    """Typer shows `<bool>` after a switch, which takes no value."""
    for each in parameters:
        if getattr(each, "is_flag", False):
            each.metavar = ""
    return parameters


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
app.add_typer(roles.app, cls=Commands, rich_help_panel=THE_STACK)
app.command(rich_help_panel=TRY_IT)(demo.demo)
app.command(rich_help_panel=TRY_IT)(replay.replay)
programs.register(app, TRY_IT)
app.command(rich_help_panel=OPERATE)(ride.ride)
app.command(rich_help_panel=OPERATE)(redrive.redrive)
app.add_typer(rotate.app, cls=Commands, rich_help_panel=OPERATE)
app.add_typer(drill.app, cls=Commands, rich_help_panel=TRY_IT)
app.add_typer(market.app, name="market", cls=Commands, rich_help_panel=SHIP_IT)
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
