"""`rideflow status`."""

import json
import shlex
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from local.commands.output import console, refuse_without_effect, running_stack
from local.commands.stages import failures_explained

if TYPE_CHECKING:
    from local.record import StackRecord

SHELL_VARIABLES = ("rest_url", "websocket_url", "stripe_url", "stripe_api_key", "database_url", "redis_url")


def status(
    as_json: Annotated[bool, typer.Option("--json", help="Print the record that scripts can read.")] = False,
    as_variables: Annotated[
        bool, typer.Option("--env", help="Print the addresses as variables of a shell: eval the output.")
    ] = False,
) -> None:
    """Say whether the stack is up, its addresses, and what is deployed. Exit status 1 when it is not up."""
    if as_json:
        refuse_without_effect("--json prints the whole record", {"--env": as_variables})
    record = running_stack()
    if as_json:
        with failures_explained():
            told = asdict(record) | {"console_login_url": login_url(record)}
        console.print_json(json.dumps(told))
        return
    if as_variables:
        for name in SHELL_VARIABLES:
            typer.echo(f"export {name.upper()}={shlex.quote(getattr(record, name))}")
        return
    console.print(addresses(record))
    with failures_explained():
        show_console(record)
    for name in sorted(record.outputs):
        console.print(f"  [green]✓[/green] {name}")


def login_url(record: "StackRecord") -> str | None:
    """The console's address with which its reader is signed in as an operator; None if the app has no console.

    Raises `ConsoleError`.
    """
    from local.console.operator import sign_in

    return f"{record.console_url}#signin={sign_in(record)}" if record.console_url else None


def show_console(record: "StackRecord") -> None:
    """The links as they are, since terminals open what has no line breaks."""
    if url := login_url(record):
        pages = {
            "[bold]Web console[/bold], signed in as an operator": url,
            "A rider's page": f"{record.console_url}#/ride",
            "A driver's page": f"{record.console_url}#/drive",
        }
        for name, address in pages.items():
            console.print(f"  {name}:", highlight=False)
            console.print(f"  {address}", highlight=False, markup=False, soft_wrap=True, style="cyan")


def addresses(record: "StackRecord") -> Table:
    table = Table.grid(padding=(0, 2))
    rows = {
        "REST API": record.rest_url,
        "WebSocket API": record.websocket_url,
        "AWS (LocalStack)": record.endpoint_url,
        "Stripe": record.stripe_url,
        "PostgreSQL": record.database_url,
        "Redis": record.redis_url,
    }
    for name, url in rows.items():
        if url:
            table.add_row(f"  [bold]{name}[/bold]", f"[cyan]{url}[/cyan]")
    return table
