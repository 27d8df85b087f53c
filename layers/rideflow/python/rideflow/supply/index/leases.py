"""One matcher at a time works on a zone: its lease with a fencing token, and the schedule of the zone's ticks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID, uuid4

from redis.cluster import RedisCluster

from rideflow.kernel.redis import script
from rideflow.markets.model import Markets
from rideflow.supply.index.search import search_around
from rideflow.supply.keys import ZoneKeys, askable
from rideflow.supply.model import AvailableDrivers, DriverQuery, milliseconds

LEASE_LIVES = timedelta(seconds=5)
"""A matcher that takes longer counts as dead. If it wakes up, its token is too old to write anything."""

_BELIEVED_FOR = timedelta(seconds=5)
"""If a scheduled tick is late by more than this, another may be scheduled."""

_MILLISECOND = timedelta(milliseconds=1)
_PACKAGE = "rideflow.supply.index"


@dataclass(frozen=True, slots=True)
class ZoneLease:
    """A matcher's lease of a zone: its fencing token, the number of drivers on trips, and those who may be asked."""

    token: int
    drivers_on_trips: int
    around: AvailableDrivers


class LeaseIndex:
    """The leases and scheduled ticks of every zone."""

    def __init__(self, redis: RedisCluster, markets: Markets) -> None:
        self._redis = redis
        self._markets = markets

    def schedule(self, zone: str, kind: Literal["now", "later"], delay: timedelta) -> str | None:
        """The id for the message of a tick, or None if another tick comes soon enough."""
        schedule_id = f"{kind}:{uuid4().hex}"
        believed_ms = (delay + _BELIEVED_FOR) // _MILLISECOND
        keys = [ZoneKeys(zone).tick_due]
        scheduled = script(_PACKAGE, "schedule_tick")(self._redis, keys, [schedule_id, believed_ms])
        return schedule_id if scheduled else None

    def claim(self, zone: str, schedule_id: str) -> bool:
        """Whether this message is the zone's scheduled tick. If so, another may be scheduled from now on."""
        return bool(script(_PACKAGE, "claim_tick")(self._redis, [ZoneKeys(zone).tick_due], [schedule_id]))

    def begin(self, zone: str, query: DriverQuery) -> ZoneLease | None:
        """Take the zone's lease, with token and drivers, in one round trip. None while another matcher has it."""
        found = search_around(self._redis, self._markets.zone(zone), query, lease=LEASE_LIVES)
        return None if found is None else ZoneLease(*found)

    def end(
        self, zone: str, token: int, reserved_until: Mapping[UUID, datetime], next_in: timedelta | None
    ) -> str | None:
        """Reserve drivers of this zone and give the lease back. Returns the id for the next tick's message, if any.

        Nothing is written if another matcher has taken over.
        """
        keys = ZoneKeys(zone)
        schedule_id = "" if next_in is None else f"later:{uuid4().hex}"
        believed_ms = ((next_in or timedelta(0)) + _BELIEVED_FOR) // _MILLISECOND
        arguments: list[Any] = [token, schedule_id, believed_ms]
        for driver_id, until in reserved_until.items():
            arguments += [str(driver_id), milliseconds(until)]
        answer = script(_PACKAGE, "end_tick")(
            self._redis,
            [keys.tick_lock, keys.tick_fence, keys.tick_due, keys.reserved, *askable(self._markets.zone(zone))],
            arguments,
        )
        return schedule_id if answer[0] == b"done" and answer[1] else None
