"""The display of an evening: a table while it goes on, a summary when it is over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

from rich.console import Group, RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from simulation.evening import Evening
from simulation.measures import Latencies
from simulation.rider import FINAL_STATES

_LIVE_STATES = ("waiting", "requested", "matching", "driver_assigned", "driver_arrived", "in_progress", "completed")
_NAMES = {"waiting": "to come"}
"""Rides whose states have another name for people: nobody waits before the request."""
_DRIVER_STATES = ("offline", "free", "to pickup", "with rider")


class Looks(NamedTuple):
    """What is shown of an evening: while it goes on, as a line of a log, and when it is over."""

    live: Callable[[], RenderableType]
    line: Callable[[], str]
    summary: Callable[[], RenderableType]


def looks(evening: Evening) -> Looks:
    """What is shown of an evening that is no scene."""
    return Looks(lambda: live(evening), lambda: line(evening), lambda: summary(evening))


def live(evening: Evening) -> Group:
    """The running evening: sign-ups first, then rides and drivers by state."""
    if evening.stage in {"opening", "people sign up"}:
        return Group(_title(evening), _sign_ups(evening))
    return Group(_title(evening), progress(evening), states(evening), latencies(evening))


def line(evening: Evening) -> str:
    """The evening's progress as a line of a log."""
    if evening.stage == "people sign up":
        totals = {"riders": len(evening.plan.requests), "drivers": evening.plan.drivers}
        ready = ", ".join(f"{evening.ready[who]} of {total} {who}" for who, total in totals.items())
        return f"{evening.stage}: {ready}"
    if evening.stage == "rides":
        states = Counter(ride.state for ride in evening.rides)
        return "rides: " + ", ".join(
            f"{states[state]} {_NAMES.get(state, state)}"
            for state in (*_LIVE_STATES, *sorted(FINAL_STATES))
            if states[state]
        )
    return evening.stage


def summary(evening: Evening) -> Group:
    """The finished evening, with the proof of its books."""
    states = Counter(ride.state for ride in evening.rides)
    rides = Table("rides", "", title_justify="left", box=None)
    rides.add_row("requested", str(len(evening.rides)))
    for state, number in sorted(states.items()):
        rides.add_row(state, str(number), style=None if state in FINAL_STATES else "bold red")
    return Group(rides, *_paid(evening), latencies(evening), books(evening), *troubles(evening))


def _paid(evening: Evening) -> list[Text]:
    paid = evening.paid()
    if paid is None:
        return []
    least, middle, most = (f"{fare / 100:.2f}" for fare in paid.fares_minor)
    minutes = f"{paid.approach_min:.1f} min until the car came, {paid.ride_min:.1f} min to the dropoff"
    return [
        Text(f"Fares: {least} to {most}, median {middle}"),
        Text(f"Ride time, medians: {minutes}"),
    ]


def _title(evening: Evening) -> Text:
    pace = f", {evening.plan.pace.speed:.0f} ride seconds a second" if evening.stage == "rides" else ""
    return Text(f"RideFlow demo: {evening.stage}{pace}", style="bold")


def _sign_ups(evening: Evening) -> Table:
    table = Table.grid(padding=(0, 2))
    for who, total in (("riders", len(evening.plan.requests)), ("drivers", evening.plan.drivers)):
        done = evening.ready[who]
        table.add_row(who, ProgressBar(total=total, completed=done, width=40), f"{done}/{total}")
    return table


def progress(evening: Evening) -> Table:
    """How many rides are over."""
    over = len(evening.rides) - len(evening.stuck())
    table = Table.grid(padding=(0, 2))
    table.add_row("rides", ProgressBar(total=max(1, len(evening.rides)), completed=over, width=40), f"{over} over")
    return table


def states(evening: Evening) -> Table:
    """Rides and drivers by state."""
    rides = Counter(ride.state for ride in evening.rides)
    drivers = Counter(driver.state for driver in evening.drivers)
    table = Table(box=None)
    for heading in ("rides", "", "drivers", ""):
        table.add_column(heading, justify="left" if heading else "right")
    ride_rows = [(_NAMES.get(state, state), str(rides[state])) for state in (*_LIVE_STATES, *sorted(FINAL_STATES))]
    driver_rows = [(state, str(drivers[state])) for state in _DRIVER_STATES]
    driver_rows += [("", "")] * (len(ride_rows) - len(driver_rows))
    for ride_row, driver_row in zip(ride_rows, driver_rows, strict=True):
        table.add_row(*ride_row, *driver_row)
    return table


def latencies(evening: Evening) -> Table:
    """What people waited for the cloud."""
    table = Table("milliseconds", "p50", "p99", box=None)
    for name, figures in evening.latencies.summary().items():
        table.add_row(Latencies.NAMES[name], *("-" if value is None else f"{value:.0f}" for value in figures.values()))
    return table


def books(evening: Evening) -> Text:
    """The proof of the books, or that there is none."""
    audited = evening.books
    if audited is None:
        return Text("The books were not audited.", style="bold red")
    text = (
        f"Books: {audited.orders} order{'' if audited.orders == 1 else 's'}, {audited.unbalanced} out of balance; "
        f"ledger {audited.captured_minor / 100:,.2f}, Stripe {audited.stripe_minor / 100:,.2f}"
    )
    return Text(text, style="bold green" if audited.balance else "bold red")


def troubles(evening: Evening) -> list[Text]:
    """Rides that are stuck, and errors."""
    stuck = [Text(f"stuck in {ride.state}: trip {ride.trip_id or 'not requested'}", "red") for ride in evening.stuck()]
    return [*stuck, *(Text(error, "yellow") for error in evening.errors)]
