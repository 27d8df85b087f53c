"""The cost of a zone's tick by the number of its drivers, the parts of its time, and the cost of its bare store calls.

The product's clients are timed at the client's call, so that a store's share includes the wait for it and the client's
own work; the rest of the tick is Python's: models, the news to the drivers (AWS answers in place), the next tick.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from benchmarks.capture import bare
from benchmarks.crowd import Crowd
from benchmarks.demand import DemandCost, demand_cost
from benchmarks.fixtures import ZONE
from benchmarks.sizes import ZoneSize
from benchmarks.stopwatch import Stopwatch
from benchmarks.timing import Timed, side_by_side
from rideflow.dispatch.messages import Tick
from rideflow.markets.model import Market
from rideflow.matching.policies import JointAssignment

_WARM_UP = 2


@dataclass(frozen=True)
class TickCost:
    """Milliseconds of one tick; `ratio` is that of the two medians. Rates are those of one matcher without a pause.

    `matches` are the offers of one tick. The shares of its time make 100 percent together; the solver's is the policy's
    whole decision, with its search for each rider's nearest drivers.
    """

    TABLE: ClassVar[str] = "Ticks of a zone, beside their bare store calls (ms)"

    name: str
    requests: int
    matches: int
    p50_ms: float
    floor_p50_ms: float
    ratio: float
    ticks_per_s: float
    matches_per_s: float
    redis_pct: float
    postgres_pct: float
    solver_pct: float
    python_pct: float


@dataclass(frozen=True)
class TimedAssignment(JointAssignment):
    """The product's policy, timed as the solver."""

    stopwatch: Stopwatch = field(default_factory=Stopwatch)

    def decide(self, world: Any) -> Any:
        return self.stopwatch.timed("solver", super().decide)(world)


def tick_costs(crowd: Crowd, sizes: Sequence[ZoneSize], rounds: int) -> Iterator[TickCost | DemandCost]:
    """A row of each kind for each size of the zone."""
    counts = []
    for size in sizes:
        crowd.gather(size)
        yield _tick_cost(crowd, size, rounds)
        counts.append(demand_cost(crowd, size.drivers, rounds))
    yield from counts


def _tick_cost(crowd: Crowd, size: ZoneSize, rounds: int) -> TickCost:
    """The floor repeats the store calls of a tick: `undo_tick` makes every tick the same."""
    stopwatch = Stopwatch()
    ours = _ticking(crowd, stopwatch)
    ours()  # this call counts riders and drivers, as one tick in a minute does: see `demand`
    crowd.undo_tick()
    ours()
    floor = bare(crowd.connection, stopwatch.statements, crowd.client, stopwatch.scripts)
    (made,) = crowd.connection.execute("select count(*) from offers where state = 'open'").fetchall()
    if not made["count"]:
        raise RuntimeError("the tick under measurement matched nobody")
    side_by_side(_WARM_UP, ours, floor, before_each=crowd.undo_tick)
    stopwatch.seconds.clear()
    took, bare_took = side_by_side(rounds, ours, floor, before_each=crowd.undo_tick)
    return _row(size, made["count"], (took, bare_took), stopwatch, rounds)


def _ticking(crowd: Crowd, stopwatch: Stopwatch) -> Callable[[], None]:
    """A tick as the product's wiring builds it, except for its clock and the timers."""
    from rideflow.dispatch.wiring import ticks

    def timed(market: Market) -> JointAssignment:
        return replace(TimedAssignment.of(market), stopwatch=stopwatch)

    matcher = replace(ticks(), clock=lambda: crowd.now, joint_of=timed)
    run = stopwatch.timed("tick", matcher.run)

    def tick() -> None:
        with stopwatch.on_stores():
            run(Tick(zone=ZONE))

    return tick


def _row(size: ZoneSize, matches: int, took: tuple[Timed, Timed], stopwatch: Stopwatch, rounds: int) -> TickCost:
    ours, floor = took
    per_s = rounds / stopwatch.seconds["tick"]
    redis, postgres, solver = (stopwatch.percent(name) for name in ("redis", "postgres", "solver"))
    return TickCost(
        name=f"tick_{size.drivers}_drivers",
        requests=size.requests,
        matches=matches,
        p50_ms=round(ours.p50_us / 1000, 2),
        floor_p50_ms=round(floor.p50_us / 1000, 2),
        ratio=round(ours.p50_us / floor.p50_us, 2),
        ticks_per_s=round(per_s, 1),
        matches_per_s=round(per_s * matches, 1),
        redis_pct=round(redis, 1),
        postgres_pct=round(postgres, 1),
        solver_pct=round(solver, 1),
        python_pct=round(100 - redis - postgres - solver, 1),
    )
