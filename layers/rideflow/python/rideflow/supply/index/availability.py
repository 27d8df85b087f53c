"""Which drivers a zone knows: admitted when they come, forgotten when they go, and what they take."""

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
        """From now on the zone knows the driver, as of that version. An offer that they brought keeps them reserved.

        `memory` is what another zone gave at `leave`.
        """
        keys = ZoneKeys(zone)
        reserved: int | str = "" if reserved_until_ms is None else reserved_until_ms
        arguments: list[Any] = [vehicle_class, version, str(driver_id), reserved]
        arguments += [*_told(traits), *memory]
        touched = [keys.driver(driver_id), keys.reserved, keys.traits, *_by_trait(keys)]
        script(_PACKAGE, "admit")(self._redis, touched, arguments)

    def put_traits(self, zone: str, driver_id: UUID, traits: Traits) -> None:
        """What matching knows of the driver from now on, if the zone knows them and nothing newer."""
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
        """Take the driver out of the zone; whether that was done.

        With `unless_admitted_at`, not a driver who was admitted at that version or a later one.
        """
        last = "" if unless_seen_after is None else milliseconds(unless_seen_after)
        version = "" if unless_admitted_at is None else unless_admitted_at
        forgotten, _, _ = self._forget(zone, driver_id, last, version)
        return bool(forgotten)

    def leave(self, zone: str, driver_id: UUID) -> tuple[int | None, list[bytes]]:
        """The driver is in another zone now.

        Answers until when (Unix ms) an offer keeps them reserved, if one does, and what the zone remembers of their
        positions, as `admit` takes it: empty if it does not know them.
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
    """As the scripts are told of them: in line, and whether the driver belongs to each set of `_by_trait`."""
    has = (traits.wheelchair_accessible, traits.takes_upgrades, traits.heading is not None)
    return [traits.entry(), *map(int, has)]
