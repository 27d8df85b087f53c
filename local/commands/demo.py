"""`rideflow demo`."""

from pathlib import Path
from typing import Annotated

import typer

from local.commands.output import console, fail, refuse_unwritable, refuse_without_effect, running_stack
from simulation.scenes.names import SceneName

RIDES, DRIVERS = 10, 6
RIDES_OF_A_SCENE, RIDES_A_DRIVER, LEAST_DRIVERS = 200, 10 / 3, 4


def demo(  # noqa: PLR0917 - each is an option of the command line
    trips: Annotated[
        Path | None,
        typer.Option(
            help="A recording, CSV or CSV.GZ: trip_id, request_ts, pickup_lat, pickup_lng, dropoff_lat, dropoff_lng, "
            "duration_s. Without it, demand is shaped like a real evening."
        ),
    ] = None,
    scene: Annotated[
        SceneName | None,
        typer.Option(
            help="Play a scene to be watched on a map, at a few times real time, instead of the fastest pace."
        ),
    ] = None,
    rides: Annotated[
        int | None,
        typer.Option(help="How many rides to play.", min=1, show_default=f"{RIDES}, of a scene {RIDES_OF_A_SCENE}"),
    ] = None,
    drivers: Annotated[
        int | None,
        typer.Option(
            help="How many drivers are on the road.", min=1, show_default=f"{DRIVERS}, in a scene three for ten rides"
        ),
    ] = None,
    json_out: Annotated[Path | None, typer.Option("--json", help="Write the summary to this file.")] = None,
    picture: Annotated[Path | None, typer.Option(help="Write a picture of the evening to this file (SVG).")] = None,
    speed: Annotated[
        float | None,
        typer.Option(
            help="Ride seconds per second; without it up to 60, in a scene up to 6, as fast as the machine can follow.",
            min=0.1,
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed draws the same evening.")] = 1,
) -> None:
    """Play rides of real riders and drivers against the running stack, from sign-up to receipt.

    Ends with the rides by final state, the latencies, and the proof that the books balance. Exit status 1 when a ride
    is stuck or the books do not balance.

    A scene has the shape of a city: cars follow streets, cruise and wait, people cancel, decline and do not come.
    Ctrl-C ends it in order: drivers go offline.
    """
    from local.demo import play_on, play_scene_on
    from simulation.demo import plan_of
    from simulation.recording import RecordingError
    from simulation.scenes.play import night_of

    if scene is not None:
        refuse_without_effect("A scene draws its own rides", {"--trips": trips})

    refuse_unwritable("--json", json_out)
    refuse_unwritable("--picture", picture)
    record = running_stack()
    if scene is not None:
        rides = rides or RIDES_OF_A_SCENE
        night = night_of(scene, rides, drivers or max(LEAST_DRIVERS, round(rides / RIDES_A_DRIVER)), speed, seed)
        raise typer.Exit(play_scene_on(record, night, json_out=json_out, console=console, picture=picture))
    try:
        plan = plan_of(trips, rides or RIDES, drivers or DRIVERS, speed, seed)
    except RecordingError as error:
        raise fail(str(error)) from None
    raise typer.Exit(play_on(record, plan, json_out=json_out, console=console, picture=picture))
