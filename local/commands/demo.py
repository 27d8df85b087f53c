"""`rideflow demo`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from local.commands.output import console, fail, refuse_unwritable, refuse_without_effect, running_stack
from simulation.scenes.names import SceneName

if TYPE_CHECKING:
    from local.record import StackRecord

RIDES, DRIVERS = 10, 6
RIDES_OF_A_SCENE, RIDES_A_DRIVER, LEAST_DRIVERS = 200, 10 / 3, 4


_Trips = Annotated[
    Path | None,
    typer.Option(
        help="A recording, CSV or CSV.GZ: trip_id, request_ts, pickup_lat, pickup_lng, dropoff_lat, dropoff_lng, "
        "duration_s. Without it, demand is shaped like a real evening."
    ),
]
_Scene = Annotated[
    SceneName | None,
    typer.Option(help="Play a scene to be watched on a map, at a few times real time, instead of the fastest pace."),
]
_Rides = Annotated[
    int | None,
    typer.Option(help="How many rides to play.", min=1, show_default=f"{RIDES}, of a scene {RIDES_OF_A_SCENE}"),
]
_Drivers = Annotated[
    int | None,
    typer.Option(
        help="How many drivers are on the road.", min=1, show_default=f"{DRIVERS}, in a scene three for ten rides"
    ),
]
_Json = Annotated[Path | None, typer.Option("--json", help="Write the summary to this file.")]
_Picture = Annotated[Path | None, typer.Option(help="Write a picture of the evening to this file (SVG).")]
_Speed = Annotated[
    float | None,
    typer.Option(
        help="Ride seconds per second; without it up to 60, in a scene up to 6, as fast as the machine can follow.",
        min=0.1,
    ),
]
_Seed = Annotated[int, typer.Option(help="The same seed draws the same evening.")]


def demo(  # noqa: PLR0917 - each is an option of the command line
    trips: _Trips = None,
    scene: _Scene = None,
    rides: _Rides = None,
    drivers: _Drivers = None,
    json_out: _Json = None,
    picture: _Picture = None,
    speed: _Speed = None,
    seed: _Seed = 1,
) -> None:
    """Play rides of real riders and drivers against the running stack, from sign-up to receipt.

    Ends with the rides by final state, the latencies, and the proof that the books balance. Exit status 1 when a ride
    is stuck or the books do not balance.

    A scene has the shape of a city: cars follow streets, cruise and wait, people cancel, decline and do not come.
    Ctrl-C ends it in order: drivers go offline.
    """
    if scene is not None:
        refuse_without_effect("A scene draws its own rides", {"--trips": trips})
    refuse_unwritable("--json", json_out)
    refuse_unwritable("--picture", picture)
    record, asked = running_stack(), _Asked(rides, drivers, speed, seed, json_out, picture)
    raise typer.Exit(_evening(record, trips, asked) if scene is None else _scene(record, scene, asked))


class _Asked(NamedTuple):
    """What scenes and evenings have in common: how much is played, and which files are written."""

    rides: int | None
    drivers: int | None
    speed: float | None
    seed: int
    json_out: Path | None
    picture: Path | None


def _scene(record: "StackRecord", scene: SceneName, asked: _Asked) -> int:
    """Play the scene; the exit status."""
    from local.demo import play_scene_on
    from simulation.scenes.play import night_of

    rides = asked.rides or RIDES_OF_A_SCENE
    drivers = asked.drivers or max(LEAST_DRIVERS, round(rides / RIDES_A_DRIVER))
    night = night_of(scene, rides, drivers, asked.speed, asked.seed)
    return play_scene_on(record, night, json_out=asked.json_out, console=console, picture=asked.picture)


def _evening(record: "StackRecord", trips: Path | None, asked: _Asked) -> int:
    """Play recorded or drawn rides; the exit status."""
    from local.demo import play_on
    from simulation.demo import plan_of
    from simulation.recording import RecordingError

    try:
        plan = plan_of(trips, asked.rides or RIDES, asked.drivers or DRIVERS, asked.speed, asked.seed)
    except RecordingError as error:
        raise fail(str(error)) from None
    return play_on(record, plan, json_out=asked.json_out, console=console, picture=asked.picture)
