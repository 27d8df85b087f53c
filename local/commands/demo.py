"""`rideflow demo`."""

from pathlib import Path
from typing import Annotated

import typer

from local.commands.output import console, fail, refuse_unwritable, running_stack


def demo(  # noqa: PLR0917 - each is an option of the command line
    trips: Annotated[
        Path | None,
        typer.Option(
            help="A recording, CSV or CSV.GZ: trip_id, request_ts, pickup_lat, pickup_lng, dropoff_lat, dropoff_lng, "
            "duration_s. Without it, demand is shaped like a real evening."
        ),
    ] = None,
    rides: Annotated[int, typer.Option(help="How many rides to play.", min=1)] = 10,
    drivers: Annotated[int, typer.Option(help="How many drivers are on the road.", min=1)] = 6,
    json_out: Annotated[Path | None, typer.Option("--json", help="Write the summary to this file.")] = None,
    picture: Annotated[Path | None, typer.Option(help="Write a picture of the evening to this file (SVG).")] = None,
    speed: Annotated[
        float | None,
        typer.Option(help="Ride seconds per second; without it up to 60, as fast as this machine can follow.", min=0.1),
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed draws the same evening.")] = 1,
) -> None:
    """Play rides of real riders and drivers against the running stack, from sign-up to receipt.

    Ends with the rides by final state, the latencies, and the proof that the books balance. Exit status 1 when a ride
    is stuck or the books do not balance.
    """
    from local.demo import play_on
    from simulation.demo import plan_of
    from simulation.recording import RecordingError

    refuse_unwritable("--json", json_out)
    refuse_unwritable("--picture", picture)
    record = running_stack()
    try:
        plan = plan_of(trips, rides, drivers, speed, seed)
    except RecordingError as error:
        raise fail(str(error)) from None
    raise typer.Exit(play_on(record, plan, json_out=json_out, console=console, picture=picture))
