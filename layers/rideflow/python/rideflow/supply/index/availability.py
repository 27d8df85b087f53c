"""The drivers whom a zone knows, with their traits: admitted when they come, forgotten when they leave."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from redis.cluster import RedisCluster

from rideflow.kernel.redis import answering, script
from rideflow.kernel.ride_requirements import PLAIN, Traits
from rideflow.kernel.vehicles import VehicleClass
from rideflow.markets.model import Markets
from rideflow.supply.keys import ZoneKeys, driver_sets
from rideflow.supply.model import milliseconds

_MEMORY = ["lat", "lng", "recorded_at", "heading", "heard", "agreed", "doubted", "clock", "before"]
_PACKAGE = "rideflow.supply.index"


class AvailabilityIndex:
    """The drivers of every zone."""

    def __init__(self, redis: RedisCluster, markets: Markets) -> None:
        self._redis = redis
        self._markets = markets

    def knows(self, zone: str, driver_id: UUID) -> bool:
        """Whether the driver was admitted to the zone."""
        with answering():
            return bool(self._redis.hexists(ZoneKeys(zone).driver(driver_id), "class"))

    def admit(
        self,
        zone: str,
        driver_id: UUID,
        vehicle_class: VehicleClass,
        version: int,
        *,
        reserved_until_ms: int | None = None,
        traits: Traits = PLAIN,
        memory: Sequence[bytes] = (),
    ) -> None:
        """Make the driver of this version known to the zone. An offer that they brought keeps them reserved.

        `memory` is the memory that `leave` returned for another zone.
        """
        keys = ZoneKeys(zone)
        reserved: int | str = "" if reserved_until_ms is None else reserved_until_ms
        arguments: list[Any] = [vehicle_class, version, str(driver_id), reserved]
        arguments += [*_told(traits), *memory]
        touched = [keys.driver(driver_id), keys.reserved, keys.traits, *_by_trait(keys)]
        script(_PACKAGE, "admit")(self._redis, touched, arguments)

    def put_traits(self, zone: str, driver_id: UUID, traits: Traits) -> None:
        """Store the driver's traits for matching, if the zone knows the driver and has no newer traits."""
        keys = ZoneKeys(zone)
        touched = [keys.driver(driver_id), keys.traits, *_by_trait(keys)]
        script(_PACKAGE, "put_traits")(self._redis, touched, [str(driver_id), traits.version, *_told(traits)])

    def forget(
        self,
        zone: str,
        driver_id: UUID,
        *,
        unless_seen_after: datetime | None = None,
        unless_admitted_at: int | None = None,
    ) -> bool:
        """Remove the driver from the zone. Returns whether they were removed.

        A driver who was heard of after `unless_seen_after` stays, and so does one who was admitted at the version
        `unless_admitted_at` or a later one.
        """
        last = "" if unless_seen_after is None else milliseconds(unless_seen_after)
        version = "" if unless_admitted_at is None else unless_admitted_at
        forgotten, _, _ = self._forget(zone, driver_id, last, version)
        return bool(forgotten)

    def leave(self, zone: str, driver_id: UUID) -> tuple[int | None, list[bytes]]:
        """Remove a driver who is in another zone now.

        Returns until when (Unix ms) an offer keeps them reserved, if one does, and the zone's memory of their
        positions, as `admit` takes it. The memory is empty if the zone does not know them.
        """
        _, reserved_until_ms, held = self._forget(zone, driver_id, "", "", *_MEMORY)
        memory = [part for field, value in zip(_MEMORY, held, strict=True) if value for part in (field.encode(), value)]
        return int(float(reserved_until_ms)) if reserved_until_ms else None, memory

    def _forget(self, zone: str, driver_id: UUID, last: int | str, version: int | str, *told: str) -> Any:
        keys = ZoneKeys(zone)
        touched = [keys.driver(driver_id), keys.traits, *_by_trait(keys)]
        touched += [keys.seen, keys.reserved, keys.idle]
        touched += driver_sets(self._markets.zone(zone))
        return script(_PACKAGE, "forget")(self._redis, touched, [str(driver_id), last, version, *told])


def _by_trait(keys: ZoneKeys) -> tuple[str, ...]:
    """The sets of drivers who have a trait that few have."""
    return keys.accessible, keys.upgrades, keys.heading


def _told(traits: Traits) -> list[Any]:
    """The traits as arguments of scripts: as one text, then 1 or 0 for each set of `_by_trait`."""
    has = (traits.wheelchair_accessible, traits.takes_upgrades, traits.heading is not None)
    return [traits.entry(), *map(int, has)]
