"""The `rideflow` command. Each command is a module in `local/commands`; what it needs is imported when it runs."""

import typer

from local.commands import demo, deploy, logs, programs, replay, status, up

app = typer.Typer(
    name="rideflow",
    no_args_is_help=True,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
    help="A complete ride-hailing backend: run it on this machine, try it, measure it, deploy it.",
    epilog="Begin with [bold]rideflow up[/bold], then [bold]rideflow demo[/bold]. "
    "[bold]rideflow COMMAND --help[/bold] explains a command.",
)

THE_STACK = "The cloud on this machine"
TRY_IT = "Try and measure"
SHIP_IT = "Deploy"

app.command(rich_help_panel=THE_STACK)(up.up)
app.command(rich_help_panel=THE_STACK)(up.down)
app.command(rich_help_panel=THE_STACK)(status.status)
app.command(rich_help_panel=THE_STACK)(logs.logs)
app.command(rich_help_panel=TRY_IT)(demo.demo)
app.command(rich_help_panel=TRY_IT)(replay.replay)
programs.register(app, TRY_IT)
app.command(rich_help_panel=SHIP_IT)(deploy.deploy)
app.command(rich_help_panel=SHIP_IT)(deploy.synth)


def main() -> None:
    app()
