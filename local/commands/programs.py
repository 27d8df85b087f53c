"""Commands that are programs of their own, with their own options: `rideflow NAME …` runs the module's `main`."""

import importlib
import importlib.util
from collections.abc import Callable
from dataclasses import dataclass

import typer

PASS_ON = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}


@dataclass(frozen=True)
class Program:
    """`module` has a `main(arguments: list[str]) -> int` that returns the exit status and explains itself on --help."""

    name: str
    module: str
    summary: str


PROGRAMS = [
    Program("bench", "benchmarks.__main__", "Measure the hot paths, each beside the floor it cannot go below."),
]


def register(app: typer.Typer, panel: str) -> None:
    for program in PROGRAMS:
        if importlib.util.find_spec(program.module):
            command = app.command(program.name, help=program.summary, context_settings=PASS_ON, rich_help_panel=panel)
            command(_run(program))


def _run(program: Program) -> Callable[[typer.Context], None]:
    def run(context: typer.Context) -> None:
        raise typer.Exit(importlib.import_module(program.module).main(context.args))

    return run
