"""`rideflow drill restore`."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from local.commands.output import console, fail, refuse_unwritable, running_stack
from local.commands.progress import Progress
from local.wording import counted

app = typer.Typer(name="drill", no_args_is_help=True, help="Practise on the stack on this machine what must work once.")


@app.callback()
def drills() -> None:
    """Keep `restore` a command of its own, although there is no other yet."""


@app.command()
def restore(
    rides: Annotated[int, typer.Option(help="Rides to play on what was restored.", min=1)] = 10,
    json_out: Annotated[Path | None, typer.Option("--json", help="Write the times and figures to this file.")] = None,
) -> None:
    """Lose the database and Redis, restore the one and rebuild the other, and go on with rides.

    Plays rides, dumps the database, restores it beside the lost one, compares every table by its rows and their
    checksum, audits the ledger and Stripe, puts the copy in the place of the lost one, empties Redis, and plays further
    rides. Prints the time of each step; exit status 1 if anything differs or a ride fails. The lost database stays
    as `rideflow_lost`. What differs on AWS is in docs/recovery.md.
    """
    from local.drill import DrillError, restore_drill
    from local.restoring import RestoreError

    refuse_unwritable("--json", json_out)
    record = running_stack()
    try:
        with Progress(console) as progress:
            result = restore_drill(record, rides, progress.report)
    except (DrillError, RestoreError) as error:
        raise fail(str(error)) from None
    table = Table("step", "seconds", box=None, padding=(0, 3, 0, 0))
    for name, seconds in result.seconds.items():
        table.add_row(name, f"{seconds:.2f}")
    console.print(table)
    compared = f"{counted(result.rows, 'row')} of {counted(result.tables, 'table')}"
    console.print(f"Compared {compared}: the copy is like the original. The dump has {result.dump_bytes} bytes.")
    console.print(result.told(), highlight=False, soft_wrap=True)
    if json_out is not None:
        json_out.write_text(json.dumps(result.summary(), indent=2) + "\n", encoding="utf-8")
