"""Positions into the index per second: through the product, and by GEOADD alone over the same drivers and places."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from benchmarks.crowd import Crowd
from benchmarks.events import websocket_event
from benchmarks.fixtures import PICKUP, recent_moments
from benchmarks.timing import side_by_side
from rideflow.supply.position import Position

_FLEET = 100
"""Drivers; each sends one position in a round. One variadic GEOADD has as many members."""

_WARM_UP = 2
_INDEX = "{bench}:index"


@dataclass(frozen=True)
class PositionRate:
    """Rates of one process that sends one position after the other; medians over alternating rounds.

    `geoadd_per_s` are commands with one position each, `variadic_geoadd_per_s` positions of commands with a hundred.
    The ratios say how many times the product's position costs the bare one's time.
    """

    TABLE: ClassVar[str] = "Positions into the index per second, beside GEOADD alone"

    name: str
    positions_per_s: float
    geoadd_per_s: float
    variadic_geoadd_per_s: float
    ratio: float
    variadic_ratio: float


def position_rates(crowd: Crowd, rounds: int) -> Iterator[PositionRate]:
    """The rates of the WebSocket's handler, which is the product's whole path, and of the service under it."""
    crowd.leave()
    driver_ids = [crowd.fixtures.online_driver() for _ in range(_FLEET)]
    moments = recent_moments()
    yield _rate(crowd, "location_message", lambda: _message(driver_ids, next(moments)), rounds)
    yield _rate(crowd, "locations_service", lambda: _record(driver_ids, next(moments)), rounds)


def _rate(crowd: Crowd, name: str, ours: Callable[[], None], rounds: int) -> PositionRate:
    client: Any = crowd.client
    places: list[tuple[Any, ...]] = [(PICKUP.lng, PICKUP.lat, f"driver-{number}") for number in range(_FLEET)]
    together = [value for place in places for value in place]

    def one_by_one() -> None:
        for place in places:
            client.execute_command("GEOADD", _INDEX, *place)

    def variadic() -> None:
        client.execute_command("GEOADD", _INDEX, *together)

    side_by_side(_WARM_UP, ours, one_by_one, variadic)
    took, single, many = (timed.p50_us for timed in side_by_side(rounds, ours, one_by_one, variadic))
    per_s, single_per_s, many_per_s = (round(_FLEET * 1e6 / us) for us in (took, single, many))
    return PositionRate(name, per_s, single_per_s, many_per_s, round(took / single, 2), round(took / many, 2))


def _message(driver_ids: list[UUID], at: datetime) -> None:
    from functions.locations import record_position

    for driver_id in driver_ids:
        fields = {**PICKUP.model_dump(), "recorded_at": at.isoformat()}
        answer = record_position.app(websocket_event("location", driver_id, "location:write", **fields), None)
        if answer["statusCode"] >= 300:
            raise RuntimeError(f"a position under measurement was refused: {answer}")


def _record(driver_ids: list[UUID], at: datetime) -> None:
    from rideflow.locations.wiring import tracking

    for driver_id in driver_ids:
        verdicts = tracking().record(driver_id, [Position(**PICKUP.model_dump(), recorded_at=at)]).verdicts
        if verdicts != ("accepted",):
            raise RuntimeError(f"a position under measurement was not believed: {verdicts}")
