"""`rideflow replay`."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from local.commands.output import console, errors, fail, refuse_unwritable

if TYPE_CHECKING:
    from simulation.replays import Answer, Question, Recorded


TripsFile = Annotated[
    Path,
    typer.Option(
        help="The recorded trips, CSV or CSV.GZ: trip_id, request_ts, pickup_lat, pickup_lng, dropoff_lat, "
        "dropoff_lng, duration_s."
    ),
]
PingsFile = Annotated[Path, typer.Option(help="Where the vehicles were: ts, vehicle_id, lat, lng.")]
From = Annotated[float | None, typer.Option("--from", metavar="TS", help="Requests from this Unix time on.")]
To = Annotated[float | None, typer.Option("--to", metavar="TS", help="Requests before this Unix time.")]
Fleets = Annotated[str, typer.Option(metavar="N,…", help="Sizes of the fleet.")]
Policies = Annotated[
    str,
    typer.Option(
        metavar="P,…",
        help="nearest, edge, optimal; rideflow: the product's own; forward: the same, and drivers who drop off soon.",
    ),
]
TickSeconds = Annotated[float, typer.Option(help="Seconds between two decisions.", min=0.1)]
Seeds = Annotated[str, typer.Option(metavar="S,…", help="Each draws another fleet; figures are means.")]
JsonFile = Annotated[Path | None, typer.Option("--json", help="Write the figures to this file.")]
PlotFile = Annotated[
    Path | None, typer.Option("--plot", metavar="PNG", help="Draw rider cost and riders served by size of the fleet.")
]


def replay(  # noqa: PLR0917 - each is an option of the command line
    trips: TripsFile,
    pings: PingsFile,
    start: From = None,
    end: To = None,
    drivers: Fleets = "300",
    policy: Policies = "rideflow",
    tick: TickSeconds = 1.0,
    seeds: Seeds = "1,2,3",
    json_out: JsonFile = None,
    plot_out: PlotFile = None,
) -> None:
    """Replay a recorded evening with a smaller fleet: riders served, how long they waited, and what it cost them.

    [bold]nearest[/bold] serves the oldest request first, by the nearest driver; [bold]edge[/bold] the shortest pickup
    first; [bold]optimal[/bold] finds the joint assignment with the shortest pickups in total. [bold]rideflow[/bold] is
    the very object that a zone's tick asks; [bold]forward[/bold] also promises riders the drivers who drop off near
    them within a minute, as far as their trips' estimates tell. The [bold]rider cost[/bold] is the mean wait over all
    requests, where a rider who was not served counts 900 s: the figure to compare policies by.

    [bold]Gini[/bold] says how unequally the rides fall to the drivers, 0 being equally.

    Under the table: how wrong the estimates of the trips' durations are, beside those of the straight line.

    Needs no stack; runs the replays of all policies, fleets and seeds on every core.
    """
    from simulation.recording import RecordingError
    from simulation.replays import Recorded

    questions = _questions(policy, drivers, tick, seeds)
    refuse_unwritable("--json", json_out)
    refuse_unwritable("--plot", plot_out)
    try:
        recorded = Recorded.read(trips, pings, start, end)
        found = _answered(recorded, questions)
    except (RecordingError, ValueError) as error:
        raise fail(str(error)) from None
    console.print(_table(found))
    console.print(_estimates(recorded))
    if json_out is not None:
        results = {"results": [answer.summary() for answer in found]}
        json_out.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    if plot_out is not None:
        from simulation.plots import plot

        plot(found, plot_out)


def _questions(policy: str, drivers: str, tick: float, seeds: str) -> "list[Question]":
    from simulation.replays import POLICIES, Question

    names = policy.split(",")
    if unknown := set(names) - set(POLICIES):
        raise fail(f"--policy: {', '.join(sorted(unknown))} is none of {', '.join(POLICIES)}.")
    seed_numbers = _numbers("--seeds", seeds)
    return [
        Question(name, size, tick, seed_numbers) for size in _numbers("--drivers", drivers, least=1) for name in names
    ]


def _estimates(recorded: "Recorded") -> str:
    from rideflow.markets.trip_times import StraightLineTrips
    from simulation.replay import TRIP_TIMES
    from simulation.replays import EstimateError

    ours, straight = (EstimateError.of(recorded.trips, times) for times in (TRIP_TIMES, StraightLineTrips(1.24, 25)))
    return (
        f"Trip durations were estimated with an RMSLE of {ours.rmsle:.3f} and an MAE of {ours.mae_s:.0f} s; "
        f"by the straight line times 1.24 at 25 km/h: {straight.rmsle:.3f}, {straight.mae_s:.0f} s."
    )


def _numbers(option: str, text: str, *, least: int = 0) -> tuple[int, ...]:
    try:
        numbers = tuple(int(each) for each in text.split(","))
    except ValueError:
        raise fail(f"{option}: {text!r} are not whole numbers with commas between.") from None
    if min(numbers) < least:
        raise fail(f"{option}: {min(numbers)} is below {least}.")
    return numbers


def _answered(recorded: "Recorded", questions: "list[Question]") -> "list[Answer]":
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from simulation.replays import answers

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=errors, transient=True) as progress:
        total = sum(len(question.seeds) for question in questions)
        task = progress.add_task(f"{len(recorded.trips):,} requests, replays", total=total)
        return answers(recorded, questions, lambda: progress.advance(task))


def _table(found: "list[Answer]") -> Table:
    table = Table("\ndrivers", "\npolicy", box=None)
    for heading in ("served\n%", "wait\nmean s", "\np50 s", "\np90 s", "rider\ncost s", "assigned\nafter s", "\nGini"):
        table.add_column(heading, justify="right", no_wrap=True)
    for answer in found:
        question, outcome = answer.question, answer.outcome
        seconds = (
            outcome.wait_mean_s,
            outcome.wait_p50_s,
            outcome.wait_p90_s,
            outcome.rider_cost_s,
            outcome.assign_delay_p50_s,
        )
        cells = [f"{outcome.served:.1f}", *(f"{value:.1f}" for value in seconds), f"{outcome.rides_gini:.3f}"]
        table.add_row(str(question.drivers), question.policy, *cells)
    return table
