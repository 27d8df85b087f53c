"""The state of a scene while it is played, and its figures."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from simulation.evening import Evening, Plan
from simulation.measures import percentile
from simulation.rider import Ride
from simulation.scenes.car import Car
from simulation.scenes.plan import ScenePlan

_CAR_STATES = ("free", "to pickup", "with rider", "offline")


@dataclass(frozen=True)
class Life:
    """Figures by which a scene is held against a real evening.

    Fares are in minor units. Waits are minutes of ride time from the request until the car is at the pickup.
    `served_share` is the share of requests that ended as a paid ride.
    """

    fares_minor: dict[str, int] | None
    waits_min: dict[str, float] | None
    served_share: float
    cancelled_by: dict[str, int]

    @classmethod
    def of(cls, rides: Sequence[Ride]) -> Life:
        fares = sorted(ride.fare_minor for ride in rides if ride.fare_minor)
        waits = [ride.waited_s / 60 for ride in rides if ride.waited_s]
        ended = Counter(ride.cancelled_by or "unknown" for ride in rides if ride.state == "cancelled")
        return cls(
            fares_minor={"median": round(median(fares)), "min": fares[0], "max": fares[-1]} if fares else None,
            waits_min={"median": round(median(waits), 1), "p90": round(percentile(waits, 90) or 0.0, 1)}
            if waits
            else None,
            served_share=round(len(fares) / len(rides), 3) if rides else 0.0,
            cancelled_by=dict(sorted(ended.items())),
        )


class Night(Evening):
    """A scene as it goes on.

    `first_car_s` are the wall seconds from the start until the first car was on the road, `ran_s` and `ridden_s` the
    wall and the ride seconds until all rides were over, and `fleet_cpu_s` the processor seconds of this process, which
    is all phones together.
    """

    def __init__(self, plan: Plan, scene: ScenePlan) -> None:
        super().__init__(plan)
        self.scene = scene
        self.cars: list[Car] = []
        self.began_at = time.monotonic()
        self.first_car_s: float | None = None
        self.ran_s = self.ridden_s = self.fleet_cpu_s = 0.0

    def life(self) -> Life:
        return Life.of(self.rides)

    def clock(self) -> str:
        """The time of day on the scene's clock."""
        minutes = round((12 + self.scene.hour_at(self.plan.pace.now())) * 60) % (24 * 60)
        return f"{minutes // 60:02d}:{minutes % 60:02d}"

    def car_states(self) -> dict[str, int]:
        """Cars by state, in the order of a working day."""
        states = Counter(car.state for car in self.cars)
        return {state: states[state] for state in _CAR_STATES if states[state]}

    def summary(self) -> dict[str, Any]:
        life = self.life()
        return super().summary() | {
            "scene": {"name": str(self.scene.name), "seed": self.scene.seed},
            "fares_minor": life.fares_minor,
            "waits_min": life.waits_min,
            "served_share": life.served_share,
            "cancelled_by": life.cancelled_by,
            "offers_passed": sum(car.offers_passed for car in self.cars),
            "pace": {
                "speed": round(self.ridden_s / self.ran_s, 2) if self.ran_s else None,
                "wall_s": round(self.ran_s, 1),
                "first_car_s": self.first_car_s,
                "fleet_cpu_s": round(self.fleet_cpu_s, 1),
            },
        }
