"""The plan of a scene: who wants to go where and when, who drives, and how each of them behaves, all from a seed."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

from rideflow.kernel.geo import Point, distance_m
from simulation.demand import RideRequest
from simulation.scenes.names import SceneName
from simulation.scenes.san_francisco import AREAS, TERMINAL, WAITING_LOT, Area, Kind
from simulation.scenes.streets import Streets, place_of, point_of
from simulation.travel import driving_s

SHORTEST_M, LONGEST_M = 1_000.0, 12_000.0
"""Straight lines of rides within the city. The airport is further."""

CARD, DECLINED_CARD = "pm_card_visa", "pm_card_chargeCustomerFail"
"""Test cards of Stripe's: one that pays, and one that can be added and is declined when it shall pay."""

_FLEET_USE = 0.62
"""Demand is spread so that drivers are busy this share of the time: most riders find a car, and some wait."""

_APPROACH_S, _BOARDS_S = 240.0, 45.0
"""Usual ride seconds until a car has come, and until its rider is on board."""

_USUAL_M = 2_600.0
"""The usual length of a ride. In logarithms, others are rarer by a normal distribution of this width."""
_WIDTH = 0.6

_A_FLEET = 20
"""From so many drivers on there are cars of all kinds, some at the airport, and some drivers who leave early."""
_PRODUCTS = (("economy", 82), ("comfort", 12), ("xl", 6))
_MIDDLE, _REACH_OF_ONE_M = Point(lat=37.7790, lng=-122.4170), 1_250.0

type ChangeOfMind = Literal["waiting", "assigned"]


class Phase(NamedTuple):
    """A part of the evening: how many requests an hour it has beside the other parts, and from where to where.

    Hours count from noon of the day on, so one past midnight is 13.
    """

    from_hour: float
    weight: float
    pairs: dict[tuple[Kind, Kind], float]


EVENING = (
    Phase(5.0, 8.0, {("work", "home"): 50, ("work", "out"): 18, ("home", "out"): 14, ("out", "home"): 6,
                     ("work", "airport"): 3, ("airport", "home"): 3}),
    Phase(6.5, 12.0, {("home", "out"): 44, ("work", "out"): 20, ("work", "home"): 18, ("out", "out"): 8,
                      ("home", "airport"): 2, ("airport", "work"): 1, ("airport", "home"): 2}),
    Phase(8.5, 5.0, {("out", "home"): 34, ("out", "out"): 28, ("home", "out"): 28, ("airport", "home"): 3,
                     ("home", "airport"): 2}),
    Phase(10.5, 9.0, {("out", "home"): 70, ("out", "out"): 24, ("home", "out"): 4, ("airport", "home"): 2}),
    Phase(12.0, 4.0, {("out", "home"): 92, ("out", "out"): 8}),
)  # fmt: skip
"""Home from work, then out to dinner (the peak), a lull, and home from the bars until one o'clock."""

_ENDS_AT_HOUR = 13.0


class Wish(NamedTuple):
    """One rider's ride, and what becomes of it as far as it is in the rider's hands.

    `pickup` and `dropoff` are corners of the streets. A rider who `changes_mind` cancels `after_s` wall seconds from
    the request or the assignment, one without `stars` does not rate. `boards_s` are ride seconds after the arrival.
    """

    request: RideRequest
    product: str
    areas: tuple[Area, Area]
    pickup: int
    dropoff: int
    boards_s: float
    changes_mind: ChangeOfMind | None = None
    after_s: float = 0.0
    comes: bool = True
    card: str = CARD
    stars: int | None = 5


class Shift(NamedTuple):
    """One driver's evening.

    `online_after_s` and `leaves_after_s` are ride seconds from the scene's start; without the latter, they stay until
    its end. `declines` and `lets_pass` are shares of offers. On the ride `silent_on_ride` the phone has no signal for a
    while.
    """

    vehicle_class: str
    start: int
    online_after_s: float
    leaves_after_s: float | None
    declines: float
    lets_pass: float
    silent_on_ride: int | None
    waits_at_airport: bool
    seed: int


class ScenePlan(NamedTuple):
    """Everything that is decided before a scene begins.

    `areas` are the parts of the city in which it plays, `span_s` the ride seconds in which rides are requested.
    """

    name: SceneName
    areas: Sequence[Area]
    wishes: Sequence[Wish]
    shifts: Sequence[Shift]
    span_s: float
    seed: int

    def hour_at(self, ride_s: float) -> float:
        """The hour of the evening on the scene's clock, from noon on."""
        begins = EVENING[0].from_hour
        return begins + (_ENDS_AT_HOUR - begins) * min(ride_s / self.span_s, 1.0)


def planned(name: SceneName, rides: int, drivers: int, seed: int, streets: Streets) -> ScenePlan:
    """The scene's plan for so many rides and drivers; the same seed gives the same."""
    draw = random.Random(f"{name} {seed}")  # noqa: S311 - a simulation, and the same seed gives the same evening
    areas = areas_for(drivers)
    products = _PRODUCTS if drivers >= _A_FLEET else _PRODUCTS[:1]
    hours = sorted(_hour(draw) for _ in range(rides))
    wishes = [_wish(number, hour, areas, products, draw, streets) for number, hour in enumerate(hours, 1)]
    work_s = sum(wish.request.duration_s + _APPROACH_S + wish.boards_s for wish in wishes)
    span_s = work_s / drivers / _FLEET_USE
    wishes = _behaving([_at(wish, span_s) for wish in wishes], draw)
    return ScenePlan(name, areas, wishes, _shifts(drivers, span_s, areas, draw, streets), span_s, seed)


def phase_at(hour: float) -> Phase:
    """The part of the evening to which an hour belongs."""
    return next(phase for phase in reversed(EVENING) if phase.from_hour <= hour or phase is EVENING[0])


def areas_for(drivers: int) -> list[Area]:
    """The parts of the city that so many drivers can serve. A small fleet in a whole city is far from everybody."""
    reach_m = _REACH_OF_ONE_M * math.sqrt(drivers)
    within = [area for area in AREAS if area.kind != "airport" and distance_m(_MIDDLE, area.centre) <= reach_m]
    return within + [area for area in AREAS if area.kind == "airport" and drivers >= _A_FLEET]


def area_drawn(draw: random.Random, kind: Kind, areas: Sequence[Area]) -> Area:
    """An area of the kind, by its weight."""
    those = [area for area in areas if area.kind == kind]
    return draw.choices(those, [area.weight for area in those])[0]


def corner_in(area: Area, draw: random.Random, streets: Streets) -> int:
    """A corner of the area, rarer the further it is from the centre."""
    east, north = place_of(area.centre)
    return streets.corner_near((draw.gauss(east, area.spread_m), draw.gauss(north, area.spread_m)))


def cruise_to(hour: float, areas: Sequence[Area], draw: random.Random, streets: Streets) -> int:
    """A corner where drivers expect riders at that hour."""
    there = {area.kind for area in areas} - {"airport"}
    weights = [(kind, weight) for (kind, _), weight in phase_at(hour).pairs.items() if kind in there]
    kind = draw.choices([kind for kind, _ in weights], [weight for _, weight in weights])[0]
    return corner_in(area_drawn(draw, kind, areas), draw, streets)


def _hour(draw: random.Random) -> float:
    ends = [*(phase.from_hour for phase in EVENING[1:]), _ENDS_AT_HOUR]
    weights = [phase.weight * (end - phase.from_hour) for phase, end in zip(EVENING, ends, strict=True)]
    number = draw.choices(range(len(EVENING)), weights)[0]
    return draw.uniform(EVENING[number].from_hour, ends[number])


def _wish(  # noqa: PLR0917 - a number, a time, and what is drawn from
    number: int,
    hour: float,
    among: Sequence[Area],
    products: Sequence[tuple[str, int]],
    draw: random.Random,
    streets: Streets,
) -> Wish:
    """A ride whose time is still an hour of the evening."""
    there = {area.kind for area in among}
    pairs = {pair: weight for pair, weight in phase_at(hour).pairs.items() if there.issuperset(pair)}
    kinds = draw.choices(list(pairs), list(pairs.values()))[0]
    while True:
        areas = [area_drawn(draw, kind, among) for kind in kinds]
        corners = [corner_in(area, draw, streets) for area in areas]
        pickup, dropoff = (point_of(streets.corners[corner]) for corner in corners)
        straight_m = distance_m(pickup, dropoff)
        if "airport" not in kinds and (
            not SHORTEST_M <= straight_m <= LONGEST_M or draw.random() > _is_usual(straight_m)
        ):
            continue
        request = RideRequest(f"scene-{number:04d}", hour, pickup, dropoff, driving_s(pickup, dropoff))
        product = draw.choices([name for name, _ in products], [weight for _, weight in products])[0]
        return Wish(
            request, product, (areas[0], areas[1]), corners[0], corners[1], draw.uniform(15, 2 * _BOARDS_S - 15)
        )


def _is_usual(straight_m: float) -> float:
    return math.exp(-((math.log(straight_m / _USUAL_M) / _WIDTH) ** 2) / 2)


def _at(wish: Wish, span_s: float) -> Wish:
    begins = EVENING[0].from_hour
    request = wish.request
    after_s = (request.after_s - begins) / (_ENDS_AT_HOUR - begins) * span_s
    return wish._replace(request=RideRequest(request.id, after_s, request.pickup, request.dropoff, request.duration_s))


def _behaving(wishes: list[Wish], draw: random.Random) -> list[Wish]:
    """Riders who do otherwise than most: exactly so many, so that a short evening has its share of them too."""
    numbers = list(range(len(wishes)))
    draw.shuffle(numbers)

    def some(share: float, change: Callable[[Wish], Wish], *, until: float = 1.0) -> None:
        wanted = round(share * len(wishes))
        for number in [number for number in numbers if number < until * len(wishes)][:wanted]:
            numbers.remove(number)
            wishes[number] = change(wishes[number])

    # Who is late is waited for by the wall's clock, so nobody is at the end, when all others have gone home.
    some(0.01, lambda wish: wish._replace(comes=False), until=0.6)
    some(0.01, lambda wish: wish._replace(card=DECLINED_CARD))
    some(0.03, lambda wish: wish._replace(changes_mind="waiting", after_s=draw.uniform(1.5, 5.0)))
    some(0.03, lambda wish: wish._replace(changes_mind="assigned", after_s=draw.uniform(6.0, 25.0)))
    return [
        wish._replace(stars=draw.choices((5, 4, 3, 2, 1, None), (58, 10, 4, 2, 1, 25))[0]) for wish in wishes
    ]  # fmt: skip


def _shifts(drivers: int, span_s: float, areas: Sequence[Area], draw: random.Random, streets: Streets) -> list[Shift]:
    is_fleet = drivers >= _A_FLEET
    at_lot = round(drivers / 15) if is_fleet else 0
    shifts = []
    for number in range(drivers):
        waits_at_airport = drivers - number <= at_lot
        start = cruise_to(EVENING[0].from_hour, areas, draw, streets)
        shifts.append(
            Shift(
                vehicle_class=draw.choices(("economy", "comfort", "xl"), (72, 18, 10))[0] if is_fleet else "economy",
                start=streets.corner_near(place_of(WAITING_LOT)) if waits_at_airport else start,
                online_after_s=0.15 * span_s * (number / drivers) ** 1.3,
                leaves_after_s=draw.uniform(0.6, 1.0) * span_s if draw.random() < 0.25 and is_fleet else None,
                declines=draw.choice((0.0, 0.04, 0.12)),
                lets_pass=draw.choice((0.0, 0.02, 0.06)),
                silent_on_ride=draw.choice((1, 2)) if draw.random() < 0.06 else None,
                waits_at_airport=waits_at_airport,
                seed=draw.getrandbits(32),
            )
        )
    return shifts


def terminal(streets: Streets) -> int:
    """The corner of the airport's terminals."""
    return streets.corner_near(place_of(TERMINAL))


def lot(streets: Streets) -> int:
    """The corner at which cars queue for the airport."""
    return streets.corner_near(place_of(WAITING_LOT))


def served(point: Point) -> bool:
    """Whether rides may begin and end there, by the market's own rules."""
    from rideflow.markets.errors import BlackoutAreaError, OutsideServiceAreaError
    from rideflow.markets.wiring import markets

    try:
        markets().zone_at(point).market.check_no_blackout(point, "pickup")
    except (OutsideServiceAreaError, BlackoutAreaError):
        return False
    return True
