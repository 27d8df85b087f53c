"""The display of a scene: clock, cars and rides while it goes on, and its figures when it is over."""

from __future__ import annotations

from collections import Counter

from rich.console import Group
from rich.table import Table
from rich.text import Text

from simulation import view
from simulation.rider import FINAL_STATES
from simulation.scenes.night import Life, Night

_WAITS = frozenset({"requested", "matching", "driver_assigned", "driver_arrived"})


def looks(night: Night) -> view.Looks:
    """What is shown of a scene."""
    return view.Looks(lambda: live(night), lambda: line(night), lambda: summary(night))


def live(night: Night) -> Group:
    """The running scene."""
    return Group(Text(line(night), style="bold"), view.progress(night), view.states(night), view.latencies(night))


def line(night: Night) -> str:
    """The scene's progress as one line."""
    if night.stage != "rides":
        return f"{night.scene.name}: {night.stage}"
    states = Counter(ride.state for ride in night.rides)
    over = sum(states[state] for state in FINAL_STATES)
    waiting = states["requested"] + states["matching"]
    cars = ", ".join(f"{number} {state}" for state, number in night.car_states().items()) or "none yet"
    speed = f"{night.plan.pace.speed:.1f} times real time"
    return f"{night.clock()}: cars {cars}; riders waiting {waiting}; {over} of {len(night.rides)} rides over; {speed}"


def summary(night: Night) -> Group:
    """The finished scene, with the proof of its books."""
    states = Counter(ride.state for ride in night.rides)
    rides = Table("rides", "", title_justify="left", box=None)
    rides.add_row("requested", str(len(night.rides)))
    for state, number in sorted(states.items()):
        rides.add_row(state, str(number), style=None if state in FINAL_STATES else "bold red")
    facts = [Text(fact) for fact in (*_life(night.life()), *_pace(night))]
    return Group(rides, *facts, view.latencies(night), view.books(night), *view.troubles(night))


def _life(life: Life) -> list[str]:
    facts = [f"Served: {life.served_share:.0%} of the requests"]
    if life.fares_minor is not None:
        least, middle, most = (life.fares_minor[name] / 100 for name in ("min", "median", "max"))
        facts.append(f"Fares: {least:.2f} to {most:.2f}, median {middle:.2f}")
    if life.waits_min is not None:
        middle, long = life.waits_min["median"], life.waits_min["p90"]
        facts.append(f"Waits from the request to the car, in ride time: median {middle:.1f} min, p90 {long:.1f} min")
    if life.cancelled_by:
        facts.append("Cancelled by: " + ", ".join(f"{who} {number}" for who, number in life.cancelled_by.items()))
    return facts


def _pace(night: Night) -> list[str]:
    if not night.ran_s:
        return []
    speed, share = night.ridden_s / night.ran_s, night.fleet_cpu_s / night.ran_s
    return [
        f"Pace: {speed:.1f} times real time for {night.ran_s / 60:.1f} min; all phones took {share:.1%} of a processor"
    ]


def interrupted(night: Night) -> str:
    """What became of everybody when the scene was stopped."""
    left = sum(car.state != "offline" for car in night.cars)
    waiting = sum(ride.state in _WAITS for ride in night.rides)
    ended = len(night.rides) - len(night.stuck())
    drivers = f"{left} of {len(night.cars)} drivers could not go offline" if left else "All drivers went offline"
    riders = f"riders still waiting: {waiting}" if waiting else "nobody waits for a car any more"
    return f"Interrupted when {ended} of {len(night.rides)} rides had ended. {drivers}, and {riders}."
