"""The figures of replays as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from simulation.replays import Answer


def plot(answers: Sequence[Answer], path: Path) -> None:
    """Rider cost and riders served by the size of the fleet, a line for each policy."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    figure = Figure(figsize=(10, 4.5), layout="constrained")
    cost, served = figure.subplots(1, 2)
    for policy in dict.fromkeys(answer.question.policy for answer in answers):
        points = sorted(
            (answer.question.drivers, answer.outcome.rider_cost_s, answer.outcome.served)
            for answer in answers
            if answer.question.policy == policy
        )
        sizes, costs_s, shares = zip(*points, strict=True)
        style = {"marker": "o", "label": policy, "linewidth": 2.5 if policy == "rideflow" else 1.2}
        cost.plot(sizes, costs_s, **style)
        served.plot(sizes, shares, **style)
    for axes, title, unit in ((cost, "Rider cost (a lost rider counts 900 s)", "s"), (served, "Riders served", "%")):
        axes.set(title=title, xlabel="drivers", ylabel=unit)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid(alpha=0.3)
    cost.set_ylim(bottom=0)
    cost.legend()
    figure.savefig(path, dpi=120, format="png")
