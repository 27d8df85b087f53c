"""Drivers' latest positions: judged and applied by one script."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from redis.cluster import RedisCluster

from rideflow.kernel.geo import Point
from rideflow.kernel.redis import script
from rideflow.markets.model import Markets
from rideflow.markets.zones import Fifo
from rideflow.supply.index.trips import trip_in_hand
from rideflow.supply.keys import ZoneKeys, classes_told, driver_sets
from rideflow.supply.model import FINISHING_WITHIN, MATCHABLE_FOR, Elsewhere, Recorded, milliseconds
from rideflow.supply.position import FUTURE_TOLERANCE, MAX_ACCURACY_M, PhoneClock, Position

_MATCHABLE_MS = MATCHABLE_FOR // timedelta(milliseconds=1)
_SOON_MS = FINISHING_WITHIN // timedelta(milliseconds=1)
_FUTURE_MS = FUTURE_TOLERANCE // timedelta(milliseconds=1)
_PACKAGE = "rideflow.supply.index"


class PositionIndex:
    """The positions of the drivers of every zone."""

    def __init__(self, redis: RedisCluster, max_speed_mps: float, markets: Markets) -> None:
        self._redis = redis
        self._max_speed_mps = max_speed_mps
        self._markets = markets

    def record(
        self,
        zone: str,
        driver_id: UUID,
        positions: Sequence[Position],
        now: datetime,
        *,
        in_zones: Sequence[str] | None = None,
        clock: PhoneClock | None = None,
    ) -> Recorded | Elsewhere | None:
        """Judge and apply positions, oldest first, in one round trip. None if the zone does not know the driver.

        Without `in_zones`, all positions lie in this zone. Without `clock`, the phone's clock is read from the newest
        position.
        """
        keys, area = ZoneKeys(zone), self._markets.zone(zone)
        fifos, ms_per_metre = area.fifos, area.market.travel.to_pickups.seconds(1000)
        arguments: list[Any] = [str(driver_id), milliseconds(now), self._max_speed_mps, _FUTURE_MS, MAX_ACCURACY_M]
        shown = clock or PhoneClock.of(positions, None)
        arguments += [_MATCHABLE_MS, _SOON_MS, ms_per_metre]
        arguments += ["", 0] if shown is None else [milliseconds(shown.shows), int(shown.at_sending)]
        arguments += classes_told(area)
        for number, position in enumerate(positions):
            heading = "" if position.heading_deg is None else position.heading_deg
            recorded_ms = milliseconds(position.recorded_at)
            accuracy = "-" if position.accuracy_m is None else position.accuracy_m
            arguments += [recorded_ms, position.lat, position.lng, heading, accuracy]
            here = in_zones is None or in_zones[number] == zone
            arguments.append("".join(_lies(position.point, fifo) for fifo in fifos) if here else "away")
        touched = [keys.driver(driver_id), keys.seen, keys.reserved, keys.idle, keys.path(driver_id)]
        touched += driver_sets(area)
        answer = script(_PACKAGE, "record_positions")(self._redis, touched, arguments)
        if answer is None:
            return None
        if in_zones and len(answer) == 1:
            return Elsewhere(in_zones[answer[0] - 1])
        *trip, matchable, clock_slow_ms = answer[:7]
        verdicts = tuple(verdict.decode() for verdict in answer[7:])
        return Recorded(verdicts, trip_in_hand(trip), bool(matchable), clock_slow_ms)


def _lies(place: Point, fifo: Fifo) -> str:
    """The letter for the place's relation to the queue's waiting area, as `record_positions.lua` reads it."""
    if fifo.waiting.holds(place):
        lies = "i"
    else:
        lies = "n" if fifo.waiting.is_within(fifo.keeps_place_within_m, place) else "o"
    return lies if fifo.other_trips else lies.upper()
