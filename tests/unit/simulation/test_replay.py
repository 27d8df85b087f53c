"""The rules of the replay, each in a city small enough for mental arithmetic."""

import math
from collections.abc import Hashable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from rideflow.kernel.geo import Point
from rideflow.matching.world import Policy, Proposal, World
from simulation.outcomes import Outcome, Ride
from simulation.recording import RecordedTrip
from simulation.reference_policies import Nearest, Optimal, ShortestEdge
from simulation.replay import RuleBrokenError, fleet, replayed
from simulation.replays import POLICIES, Question, Recorded, answers
from tests.unit.simulation.recorded import pings_file, trips_file

SOUTH = 37.76
KM = 1 / 111.195
"""Degrees of latitude."""
S_PER_KM = 1.24 / 25 * 3600
AT_ONCE = [name for name in POLICIES if name != "forward"]
EVERY = pytest.mark.parametrize("policy", [POLICIES[name]() for name in AT_ONCE], ids=AT_ONCE)
"""All policies that assign idle drivers only."""


def at(north_km: float) -> Point:
    return Point(lat=SOUTH + north_km * KM, lng=-122.42)


def trip(at_s: float, north_km: float, to_km: float | None = None, lasts_s: float = 600) -> RecordedTrip:
    return RecordedTrip(f"t{at_s}", at_s, at(north_km), at(north_km if to_km is None else to_km), lasts_s)


def waits(policy: Policy, trips: list[RecordedTrip], *drivers_km: float, tick_s: float = 1) -> list[int | None]:
    """Waits in whole seconds; None for a lost request."""
    rides = replayed(trips, [at(km) for km in drivers_km], policy, tick_s, 0)
    return [None if ride is None else round(ride.wait_s) for ride in rides]


@EVERY
def test_a_rider_waits_for_the_next_tick_and_the_drive_by_streets(policy: Policy) -> None:
    (ride,) = replayed([trip(7, 0)], [at(1)], policy, 10, 0)

    assert ride is not None
    assert ride.assign_delay_s == 3
    assert ride.pickup_s == pytest.approx(S_PER_KM, rel=0.001)


@EVERY
def test_a_driver_is_idle_again_at_the_dropoff_when_the_recorded_drive_is_over(policy: Policy) -> None:
    trips = [trip(0, 0, to_km=5, lasts_s=100), trip(50, 5)]

    assert waits(policy, trips, 0) == [0, 50]


@EVERY
def test_a_rider_without_a_driver_after_five_minutes_is_lost(policy: Policy) -> None:
    assert waits(policy, [trip(0, 0, lasts_s=400), trip(100, 0)], 0) == [0, 300]
    assert waits(policy, [trip(0, 0, lasts_s=401), trip(100, 0)], 0) == [0, None]


@EVERY
def test_a_pickup_is_at_most_six_kilometres_away(policy: Policy) -> None:
    assert waits(policy, [trip(0, 0)], 6.01) == [None]
    assert waits(policy, [trip(0, 0)], 5.99) != [None]


@EVERY
def test_a_rider_far_in_the_north_does_not_change_the_length_of_six_kilometres(policy: Policy) -> None:
    """A degree of longitude is shorter there."""
    east = Point(lat=SOUTH, lng=-122.42 + 6.01 * KM / math.cos(math.radians(SOUTH)))

    assert replayed([trip(0, 0), trip(0, 90)], [east], policy, 1, 0) == [None, None]


def test_nearest_serves_the_oldest_first_edge_the_shortest_way_and_optimal_the_least_in_total() -> None:
    # One tick sees both; the cars stand at 0 and 2.4 km.
    trips = [trip(1, 1.0), trip(2, 0.2)]

    def far(policy: Policy) -> list[int]:
        rides = replayed(trips, [at(0), at(2.4)], policy, 10, 0)
        return [round(ride.pickup_s / S_PER_KM * 10) for ride in rides if ride is not None]

    assert far(Nearest()) == [10, 22]
    assert far(ShortestEdge()) == [14, 2]
    assert far(Optimal()) == [14, 2]
    trips = [trip(1, 1.0), trip(2, -1.1)]
    assert far(ShortestEdge()) == [10, 35]
    assert far(Optimal()) == [14, 11]


def test_a_promise_is_kept_at_the_drop_off_unless_that_is_two_minutes_late() -> None:
    """The first trip is expected to take about 130 s."""
    forward = POLICIES["forward"]()

    assert waits(forward, [trip(0, 0, lasts_s=140), trip(60, 0)], 0) == [0, 80]
    assert waits(forward, [trip(0, 0, lasts_s=260), trip(60, 0)], 0) == [0, None]
    assert waits(POLICIES["rideflow"](), [trip(0, 0, lasts_s=260), trip(60, 0)], 0) == [0, 200]


@dataclass
class Watching:
    """Records the opportunity cost of a place that the policy gets at each decision."""

    place: Point
    seen: list[tuple[float, float]] = field(default_factory=list)

    def decide[Trip: Hashable, Driver: Hashable](self, world: World[Trip, Driver]) -> list[Proposal[Trip, Driver]]:
        self.seen.append((world.now_s, world.opportunity_cost.at("economy", self.place.lat, self.place.lng)))
        return []


def test_a_policy_sees_the_opportunity_cost_of_places_by_the_requests_of_the_hour_before() -> None:
    watching = Watching(at(0))
    trips = [trip(0, 0)] * 20 + [trip(30, 0), trip(3_700, 50)]

    replayed(trips, [at(1)], watching, 30, 0)

    cost = dict(watching.seen)
    assert 0 < cost[0] == cost[30] < cost[60]
    assert cost[3_720] == 0


@dataclass
class Stubborn:
    """Always proposes the same match."""

    request: int
    driver: int

    def decide[Trip: Hashable, Driver: Hashable](self, world: World[Trip, Driver]) -> list[Proposal[Trip, Driver]]:
        return [Proposal(self.request, self.driver, 0, 0)]  # type: ignore[arg-type]


def test_a_policy_that_breaks_the_rules_is_found_out() -> None:
    with pytest.raises(RuleBrokenError, match="not open or a driver who is not idle"):
        replayed([trip(0, 0)], [at(0)], Stubborn(0, 7), 1, 0)
    with pytest.raises(RuleBrokenError, match="6100 m away"):
        replayed([trip(0, 0)], [at(6.1)], Stubborn(0, 0), 1, 0)


def test_the_rider_cost_counts_the_lost() -> None:
    outcome = Outcome.of([Ride(0, 100, driver=0), Ride(10, 190, driver=2), None, None], 4)

    assert (outcome.served, outcome.wait_mean_s, outcome.rider_cost_s) == (50, 150, (300 + 1800) / 4)
    assert (outcome.wait_p50_s, outcome.wait_p90_s, outcome.assign_delay_p50_s) == (150, 190, 5)
    assert outcome.rides_gini == 0.5


def test_a_fleet_is_the_first_vehicles_of_a_seeded_permutation_at_their_first_pings(tmp_path: Path) -> None:
    trips = trips_file(tmp_path, "t1,100,37.76,-122.42,37.77,-122.42,60")
    pings = pings_file(tmp_path, *(f"{moment},V{moment % 9},{37.7 + moment / 1000},-122.4" for moment in range(30)))
    seen = Recorded.read(trips, pings, None, None).first_pings

    assert [ping.at_s for ping in seen] == list(range(9))
    assert fleet(seen, 9, 1) != fleet(seen, 9, 2)
    assert fleet(seen, 3, 1) == fleet(seen, 9, 1)[:3]
    with pytest.raises(ValueError, match="Fewer vehicles were recorded than drivers were asked for: 9 of 10"):
        fleet(seen, 10, 1)


def test_questions_are_answered_in_order_by_the_means_of_their_seeds(tmp_path: Path) -> None:
    places = [f"{37.70 + number / 100},-122.42" for number in range(8)]
    rows = [f"t{number},{number * 20},{places[number % 8]},{places[(number + 3) % 8]},300" for number in range(40)]
    recorded = Recorded.read(
        trips_file(tmp_path, *rows, "late,9000,37.7,-122.42,37.8,-122.42,60"),
        pings_file(tmp_path, *(f"0,V{number},{place}" for number, place in enumerate(places))),
        0,
        9000,
    )
    questions = [Question(name, drivers, 5, (1, 2)) for drivers in (4, 8) for name in POLICIES]
    done: list[None] = []

    found = answers(recorded, questions, lambda: done.append(None))

    assert [answer.question for answer in found] == questions
    assert len(done) == 2 * len(questions)
    policy = POLICIES["optimal"]()
    alone = [
        Outcome.of(replayed(recorded.trips, fleet(recorded.first_pings, 4, seed), policy, 5, 0), 4) for seed in (1, 2)
    ]
    assert found[list(POLICIES).index("optimal")].outcome == Outcome.mean(alone)
    assert set(found[0].summary()) == {
        "policy", "drivers", "tick", "seeds", "served", "wait_mean_s", "wait_p50_s", "wait_p90_s", "rider_cost_s",
        "assign_delay_p50_s", "rides_gini",
    }  # fmt: skip
