"""Replays a recorded evening with a smaller fleet: how many riders it would have served, and how long they waited.

The rules are fixed, so that policies can be compared:

1. Each recorded trip of the window is a request, at its recorded time.
2. The fleet are the first N vehicles of a seeded permutation, each idle where its first ping was.
3. Driving to a pickup takes the straight line (equirectangular at San Francisco's latitude) times 1.24 at 25 km/h. The
   trip then takes its recorded duration, and its driver becomes idle at the dropoff and stays there.
4. Every offer is accepted at once. A pickup is at most 6 km away; a request that is not assigned within 300 s is lost.
5. The policy decides at every tick from the open requests with an estimate of their trips' duration, never the
   recorded one, the idle drivers, how many are on trips, which of them will drop off soon by that estimate, and from
   where riders asked in the hour before and drivers stood idle a minute ago at most. An assignment stands. A driver on
   a trip only promises to come: the request is assigned when they drop off, if that is not later than two minutes
   after what was expected; else it is open again, and not for this driver.
6. A rider's wait is the time until the assignment and the drive to the pickup. The rider cost is the mean wait over all
   requests, where a lost one counts 900 s: refusing far pickups must not look like serving riders well.
"""

from __future__ import annotations

import heapq
import math
from collections import Counter, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from rideflow.dispatch.model import PROMISE_KEPT_FOR
from rideflow.kernel.cells import Cell, cell_at
from rideflow.kernel.geo import Point
from rideflow.kernel.vehicles import ServingClasses
from rideflow.markets.wiring import markets
from rideflow.matching.forward import Forward
from rideflow.matching.opportunity_cost import DEMAND_WINDOW, SNAPSHOT_MAX_AGE, OpportunityCost
from rideflow.matching.search import Plane
from rideflow.matching.world import FreeDriver, OpenRequest, Policy, Proposal, World
from rideflow.supply.model import FINISHING_WITHIN
from simulation.outcomes import Ride
from simulation.recording import Ping, RecordedTrip

LONGEST_PICKUP_M = 6_000.0
PATIENCE_S = 300.0
PLANE = Plane(37.76)
MARKET = markets().named("san_francisco")
"""The recordings are of San Francisco."""

TRAVEL = MARKET.travel.to_pickups
TRIP_TIMES = MARKET.trip_times
VEHICLE_CLASS = "economy"
CLASSES = ServingClasses((VEHICLE_CLASS,))

_ROUNDING_M = 1e-6


class RuleBrokenError(ValueError):
    """A policy proposed a match that the rules do not allow."""


def fleet(pings: Iterable[Ping], drivers: int, seed: int) -> list[Point]:
    """Places of the drivers at the beginning. Raises `ValueError` if fewer vehicles were recorded."""
    import numpy

    first: dict[str, Point] = {}
    for ping in pings:
        first.setdefault(ping.vehicle_id, ping.place)
    if drivers > len(first):
        raise ValueError(f"Fewer vehicles were recorded than drivers were asked for: {len(first)} of {drivers}.")
    places = list(first.values())
    return [places[index] for index in numpy.random.default_rng(seed).permutation(len(places))[:drivers]]


def replayed(
    trips: Sequence[RecordedTrip], places: Sequence[Point], policy: Policy, tick_s: float, start_s: float
) -> list[Ride | None]:
    """The outcome of each trip's request, in the order of `trips`, which is that of time; None if it was lost.

    Ticks are at `start_s` and every `tick_s` from there. Raises `RuleBrokenError`.
    """
    return _Replay(trips, places, policy, start_s).run(tick_s, start_s)


@dataclass(frozen=True, slots=True)
class _Promise:
    """A request that its driver will drive after the trip in hand, if they drop off by `until_s`."""

    request: OpenRequest[int, int]
    until_s: float


class _Replay:
    def __init__(self, trips: Sequence[RecordedTrip], places: Sequence[Point], policy: Policy, start_s: float) -> None:
        self._trips = trips
        self._policy = policy
        self._idle = {index: _idle(index, place, start_s) for index, place in enumerate(places)}
        self._busy: list[tuple[float, int, Point]] = []
        """The end of each busy driver's trip, the driver, and the dropoff."""
        self._expected: dict[int, tuple[float, Point]] = {}
        """The same for each driver, by the estimate."""
        self._promises: dict[int, _Promise] = {}
        self._open: dict[int, OpenRequest[int, int]] = {}
        self._rides: list[Ride | None] = [None] * len(trips)
        self._asked: deque[OpenRequest[int, int]] = deque()
        """The requests of the window in which demand is counted."""
        self._cost, self._counted_at_s = OpportunityCost(), -math.inf

    def run(self, tick_s: float, start_s: float) -> list[Ride | None]:
        coming = deque(enumerate(self._trips))
        tick = 0
        while coming or self._open or self._promises:
            if coming and not self._open and not self._promises:  # skip ticks until the next request
                tick = max(tick, math.ceil((coming[0][1].requested_at_s - start_s) / tick_s))
            now_s = start_s + tick * tick_s
            while coming and coming[0][1].requested_at_s <= now_s:
                self._request(*coming.popleft())
            self._advance(now_s)
            if self._open:
                self._decide(now_s)
            tick += 1
        return self._rides

    def _request(self, index: int, trip: RecordedTrip) -> None:
        pickup = trip.pickup
        expected_s = TRIP_TIMES.seconds(pickup, trip.dropoff, datetime.fromtimestamp(trip.requested_at_s, UTC))
        self._open[index] = OpenRequest(index, pickup.lat, pickup.lng, CLASSES, trip.requested_at_s, trip_s=expected_s)
        self._asked.append(self._open[index])

    def _advance(self, now_s: float) -> None:
        """Drivers drop off, riders lose patience."""
        while self._busy and self._busy[0][0] <= now_s:
            at_s, driver, place = heapq.heappop(self._busy)
            self._idle[driver] = _idle(driver, place, at_s)
            del self._expected[driver]
            promise = self._promises.pop(driver, None)
            if promise is not None and at_s <= promise.until_s:
                self._drive(promise.request, self._idle.pop(driver), at_s)
            elif promise is not None:
                self._open_again(driver, promise)
        for driver in [driver for driver, promise in self._promises.items() if promise.until_s < now_s]:
            self._open_again(driver, self._promises.pop(driver))
        for index in [index for index, request in self._open.items() if now_s - request.opened_at_s > PATIENCE_S]:
            del self._open[index]

    def _open_again(self, driver: int, promise: _Promise) -> None:
        request = promise.request
        self._open[request.trip_id] = replace(request, excluded=request.excluded | {driver})

    def _decide(self, now_s: float) -> None:
        finishing = self._finishing(now_s) if isinstance(self._policy, Forward) else []
        if not self._idle and not finishing:
            return
        world = World(
            now_s,
            list(self._open.values()),
            list(self._idle.values()),
            len(self._busy),
            finishing=finishing,
            opportunity_cost=self._cost_of_places(now_s),
        )
        for proposal in self._policy.decide(world):
            self._assign(proposal, now_s)

    def _cost_of_places(self, now_s: float) -> OpportunityCost:
        if now_s - self._counted_at_s >= SNAPSHOT_MAX_AGE.total_seconds():
            while self._asked and self._asked[0].opened_at_s < now_s - DEMAND_WINDOW.total_seconds():
                self._asked.popleft()
            self._cost, self._counted_at_s = (
                OpportunityCost.of(_counted(self._asked), _counted(self._idle.values())),
                now_s,
            )
        return self._cost

    def _finishing(self, now_s: float) -> list[FreeDriver[int]]:
        """Drivers who drop off soon by the estimate, without late ones: nobody knows when those will drop off."""
        longest_s = FINISHING_WITHIN.total_seconds()
        return [
            replace(_idle(driver, place, at_s), free_in_s=at_s - now_s)
            for driver, (at_s, place) in self._expected.items()
            if 0 <= at_s - now_s <= longest_s and driver not in self._promises
        ]

    def _assign(self, proposal: Proposal[int, int], now_s: float) -> None:
        request = self._open.pop(proposal.trip_id, None)
        if request is not None and proposal.free_in_s is not None and proposal.driver_id in self._expected:
            self._promise(proposal.driver_id, request, now_s)
            return
        driver = self._idle.pop(proposal.driver_id, None)
        if request is None or driver is None:
            raise RuleBrokenError(f"{proposal} names a request that is not open or a driver who is not idle")
        self._drive(request, driver, now_s)

    def _promise(self, driver: int, request: OpenRequest[int, int], now_s: float) -> None:
        if driver in self._promises:
            raise RuleBrokenError(f"driver {driver} has promised another trip")
        until_s = max(self._expected[driver][0], now_s) + PROMISE_KEPT_FOR.total_seconds()
        self._promises[driver] = _Promise(request, min(until_s, request.opened_at_s + PATIENCE_S))

    def _drive(self, request: OpenRequest[int, int], driver: FreeDriver[int], at_s: float) -> None:
        distance_m = math.dist(PLANE.metres(request.lat, request.lng), PLANE.metres(driver.lat, driver.lng))
        if distance_m > LONGEST_PICKUP_M + _ROUNDING_M:
            raise RuleBrokenError(f"driver {driver.driver_id} of request {request.trip_id} is {distance_m:.0f} m away")
        trip, pickup_s = self._trips[request.trip_id], TRAVEL.seconds(distance_m)
        self._rides[request.trip_id] = Ride(at_s - request.opened_at_s, pickup_s, driver.driver_id)
        heapq.heappush(self._busy, (at_s + pickup_s + trip.duration_s, driver.driver_id, trip.dropoff))
        self._expected[driver.driver_id] = (at_s + pickup_s + request.trip_s, trip.dropoff)


def _idle(driver: int, place: Point, since_s: float) -> FreeDriver[int]:
    return FreeDriver(driver, place.lat, place.lng, VEHICLE_CLASS, since_s)


def _counted(places: Iterable[OpenRequest[int, int] | FreeDriver[int]]) -> Counter[tuple[str, Cell]]:
    return Counter((VEHICLE_CLASS, cell_at(each.lat, each.lng)) for each in places)
