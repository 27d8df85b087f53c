"""Queries of the sweeps: when drivers were last heard of, and drivers who have reached their destination."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from redis.cluster import RedisCluster

from rideflow.kernel.geo import Point
from rideflow.kernel.redis import answering, script
from rideflow.supply.index.trips import TRIP_FIELDS, trip_in_hand
from rideflow.supply.keys import ZoneKeys
from rideflow.supply.model import SilentDriver, milliseconds, moment

_FIELDS = [*TRIP_FIELDS, "lat", "lng", "heading", "heard", "told_stale"]
_PACKAGE = "rideflow.supply.index"


class SilenceIndex:
    """Reads and marks when the drivers of every zone were last heard of."""

    def __init__(self, redis: RedisCluster) -> None:
        self._redis = redis

    def watch(self, zone: str, driver_ids: Iterable[UUID], since: datetime) -> None:
        """Count drivers who have not been heard of yet as silent since then. For others this changes nothing."""
        waiting = {str(driver_id): milliseconds(since) for driver_id in driver_ids}
        if waiting:
            with answering():
                self._redis.zadd(ZoneKeys(zone).seen, waiting, nx=True)

    def has_drivers(self, zone: str) -> bool:
        """Whether the zone has heard of any driver whom it has not forgotten."""
        with answering():
            return bool(self._redis.exists(ZoneKeys(zone).seen))

    def unseen(self, zone: str, driver_ids: Sequence[UUID]) -> list[UUID]:
        """The drivers among these of whom the zone has never heard."""
        if not driver_ids:
            return []
        with answering():
            seen = self._redis.zmscore(ZoneKeys(zone).seen, [str(driver_id) for driver_id in driver_ids])
        return [driver_id for driver_id, at in zip(driver_ids, seen, strict=True) if at is None]

    def silent(self, zone: str, since: datetime, limit: int, *, start: int = 0) -> list[SilentDriver]:
        """Drivers without a believed position after `since`, the longest silent first."""
        keys = ZoneKeys(zone)
        with answering():
            found: Any = self._redis.zrangebyscore(
                keys.seen, "-inf", milliseconds(since), start=start, num=limit, withscores=True
            )
            if not found:
                return []
            with self._redis.pipeline() as pipeline:  # type: ignore[no-untyped-call]
                for member, _ in found:
                    pipeline.hmget(keys.driver(member.decode()), _FIELDS)
                known = pipeline.execute()
        return [
            _silent(UUID(member.decode()), int(score), fields)
            for (member, score), fields in zip(found, known, strict=True)
        ]

    def one_silent(self, zone: str, driver_id: UUID, since: datetime) -> SilentDriver | None:
        """The driver; None if a position after `since` is believed, or the zone has not heard of them."""
        keys = ZoneKeys(zone)
        with answering():
            seen_ms = self._redis.zscore(keys.seen, str(driver_id))
            if seen_ms is None or seen_ms > milliseconds(since):
                return None
            fields: Any = self._redis.hmget(keys.driver(driver_id), _FIELDS)
        return _silent(driver_id, int(seen_ms), fields)

    def mark_told_stale(self, zone: str, silent: SilentDriver) -> None:
        """Remember that the stale last position was published, so that it is not published again."""
        keys, last_seen_ms = [ZoneKeys(zone).driver(silent.driver_id)], milliseconds(silent.last_seen_at)
        script(_PACKAGE, "mark_told_stale")(self._redis, keys, [last_seen_ms])

    def arrived(self, zone: str, within_m: float) -> list[tuple[UUID, datetime]]:
        """Drivers without a trip who have reached their destination, each with the time until which it was set.

        One round trip if no driver has a destination, which is usual.
        """
        keys = ZoneKeys(zone)
        ask, touched = script(_PACKAGE, "arrived"), [keys.traits, keys.heading]
        heading = [driver_id.decode() for driver_id in ask(self._redis, touched, [within_m])]
        if not heading:
            return []
        touched += [keys.driver(driver_id) for driver_id in heading]
        found = ask(self._redis, touched, [within_m, *heading])
        return [(UUID(driver_id.decode()), datetime.fromtimestamp(float(until_s), UTC)) for driver_id, until_s in found]

    def last_heard(self, zone: str, driver_ids: Sequence[UUID]) -> dict[UUID, datetime]:
        """The time at which each driver's phone last sent anything in this zone. Unknown drivers are missing."""
        keys = ZoneKeys(zone)
        with answering(), self._redis.pipeline() as pipeline:  # type: ignore[no-untyped-call]
            for driver_id in driver_ids:
                pipeline.hget(keys.driver(driver_id), "heard")
            found = pipeline.execute() if driver_ids else []
        return {
            driver_id: moment(int(float(heard)))
            for driver_id, heard in zip(driver_ids, found, strict=True)
            if heard is not None
        }

    def check_answers(self, zone: str) -> None:
        """Raises `RedisUnavailableError` if the zone's node does not answer."""
        with answering():
            self._redis.exists(ZoneKeys(zone).seen)


def _silent(driver_id: UUID, seen_ms: int, fields: Sequence[bytes | None]) -> SilentDriver:
    trip = trip_in_hand([field or b"" for field in fields[:5]])
    lat, lng, heading, heard, told_stale = fields[5:]
    place = None if lat is None or lng is None else Point(lat=float(lat), lng=float(lng))
    last_heard_at = moment(max(seen_ms, int(heard or 0)))
    return SilentDriver(
        driver_id,
        moment(seen_ms),
        last_heard_at,
        place,
        float(heading) if heading else None,
        trip,
        told_stale=told_stale is not None and int(told_stale) == seen_ms,
    )
