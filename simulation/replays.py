"""Many replays at once: each policy with each fleet, some seeds each, on every core."""

from __future__ import annotations

import math
import multiprocessing
import os
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rideflow.markets.trip_times import TripTimes
from rideflow.matching.forward import Forward
from rideflow.matching.policies import JointAssignment
from rideflow.matching.search import SearchRadius
from rideflow.matching.world import Policy
from simulation import recording
from simulation.outcomes import Outcome
from simulation.recording import Ping, RecordedTrip, RecordingError
from simulation.reference_policies import Nearest, Optimal, ShortestEdge
from simulation.replay import LONGEST_PICKUP_M, MARKET, PLANE, fleet, replayed

_SEARCH = replace(SearchRadius.of(MARKET), latitude=PLANE.latitude).within(LONGEST_PICKUP_M)


def _joint() -> JointAssignment:
    return replace(JointAssignment.of(MARKET), search=_SEARCH)


POLICIES: Mapping[str, Callable[[], Policy]] = {
    "nearest": Nearest,
    "edge": ShortestEdge,
    "optimal": Optimal,
    "rideflow": _joint,
    "forward": lambda: replace(Forward.of(MARKET, _joint(), within_s=60), search=_SEARCH),
}
"""`rideflow` is the policy of a zone's tick, limited to the longest pickup in metres of the replay. `forward` is the
policy of a zone that looks a minute ahead."""


@dataclass(frozen=True)
class Recorded:
    """The requests of a window in order of time, and the first ping of each vehicle."""

    trips: Sequence[RecordedTrip]
    first_pings: Sequence[Ping]
    start_s: float

    @classmethod
    def read(cls, trips: Path, pings: Path, start_s: float | None, end_s: float | None) -> Recorded:
        """Raises `RecordingError`."""
        requests = [
            trip
            for trip in recording.trips(trips)
            if (start_s is None or start_s <= trip.requested_at_s) and (end_s is None or trip.requested_at_s < end_s)
        ]
        requests.sort(key=lambda trip: trip.requested_at_s)
        if not requests:
            raise RecordingError(f"{trips} has no trip in this time.")
        first: dict[str, Ping] = {}
        for ping in recording.pings(pings):
            first.setdefault(ping.vehicle_id, ping)
        start_s = requests[0].requested_at_s if start_s is None else start_s
        return cls(requests, list(first.values()), start_s)


@dataclass(frozen=True)
class Question:
    """The settings of a replay; its answer is the mean over the seeds."""

    policy: str
    drivers: int
    tick: float
    seeds: tuple[int, ...]


@dataclass(frozen=True)
class Answer:
    question: Question
    outcome: Outcome

    def summary(self) -> dict[str, Any]:
        return {**asdict(self.question), **{name: round(value, 2) for name, value in asdict(self.outcome).items()}}


@dataclass(frozen=True)
class EstimateError:
    """Errors of estimated durations: root mean square of the logarithms' errors, and mean absolute error."""

    rmsle: float
    mae_s: float

    @classmethod
    def of(cls, trips: Sequence[RecordedTrip], times: TripTimes) -> EstimateError:
        pairs = [
            (
                times.seconds(trip.pickup, trip.dropoff, datetime.fromtimestamp(trip.requested_at_s, UTC)),
                trip.duration_s,
            )
            for trip in trips
        ]
        squares = sum((math.log1p(expected) - math.log1p(took)) ** 2 for expected, took in pairs)
        return cls(math.sqrt(squares / len(pairs)), sum(abs(expected - took) for expected, took in pairs) / len(pairs))


def answers(
    recorded: Recorded, questions: Sequence[Question], advance: Callable[[], None] = lambda: None
) -> list[Answer]:
    """One for each question, in order; `advance` is called after each of their seeds.

    Raises `ValueError` if more drivers are asked for than were recorded.
    """
    found: dict[Question, list[Outcome]] = defaultdict(list)
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(os.cpu_count(), spawn, initializer=_remember, initargs=(recorded,)) as pool:
        running = {pool.submit(_one, question, seed): question for question in questions for seed in question.seeds}
        for future in as_completed(running):
            found[running[future]].append(future.result())
            advance()
    return [Answer(question, Outcome.mean(found[question])) for question in questions]


_recorded: Recorded
"""The recording that this worker process replays."""


def _remember(recorded: Recorded) -> None:
    global _recorded  # noqa: PLW0603 - a process pool's initializer has no other way
    _recorded = recorded


def _one(question: Question, seed: int) -> Outcome:
    places = fleet(_recorded.first_pings, question.drivers, seed)
    policy = POLICIES[question.policy]()
    return Outcome.of(replayed(_recorded.trips, places, policy, question.tick, _recorded.start_s), len(places))
