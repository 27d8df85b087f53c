"""Live positions in Redis. Every use is one script or command on one zone; the scripts say what they do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from redis.cluster import RedisCluster

from rideflow.kernel.cities import Fifo, fifos_of
from rideflow.kernel.geo import Fix, Point
from rideflow.kernel.needs import PLAIN, Traits
from rideflow.kernel.redis import answering, script
from rideflow.kernel.redis_keys import VEHICLE_CLASSES, ZoneKeys
from rideflow.kernel.vehicles import VehicleClass
from rideflow.locations.model import (
    FINISHING_WITHIN,
    FUTURE_TOLERANCE,
    MATCHABLE_FOR,
    MAX_ACCURACY_M,
    KnownTrip,
    NearbyDriver,
    PathPoint,
    PlaceInQueue,
    Position,
    Recorded,
    SilentDriver,
    TripChange,
    TripInHand,
    milliseconds,
    moment,
)
from rideflow.locations.travel import StraightLine

_MATCHABLE_MS = MATCHABLE_FOR // timedelta(milliseconds=1)
_SOON_MS = FINISHING_WITHIN // timedelta(milliseconds=1)
_MS_PER_METRE = StraightLine().seconds(1000)
_FUTURE_MS = FUTURE_TOLERANCE // timedelta(milliseconds=1)
_TRIP_FIELDS = ["trip_id", "rider_id", "trip_state", "target_lat", "target_lng"]
_SILENT_FIELDS = [*_TRIP_FIELDS, "lat", "lng", "heading"]
_CLASSES = (len(VEHICLE_CLASSES), *VEHICLE_CLASSES)
_PATHS_KEPT = timedelta(hours=48)
_PACKAGE = "rideflow.locations"


class RedisPositions:
    """Where drivers are, zone by zone."""

    def __init__(self, redis: RedisCluster, max_speed_mps: float) -> None:
        self._redis = redis
        self._max_speed_mps = max_speed_mps

    def record(self, zone: str, driver_id: UUID, positions: Sequence[Position], now: datetime) -> Recorded | None:
        """Judge and apply positions, oldest first, in one round trip. None when the zone does not know the driver."""
        keys, fifos = ZoneKeys(zone), fifos_of(zone)
        arguments: list[Any] = [str(driver_id), milliseconds(now), self._max_speed_mps, _FUTURE_MS, MAX_ACCURACY_M]
        arguments += [_MATCHABLE_MS, _SOON_MS, _MS_PER_METRE, *_CLASSES]
        for position in positions:
            heading = "" if position.heading_deg is None else position.heading_deg
            recorded_ms = milliseconds(position.recorded_at)
            arguments += [recorded_ms, position.lat, position.lng, heading, position.accuracy_m or 0]
            arguments.append("".join(_lies(position.point, fifo) for fifo in fifos))
        touched = [keys.driver(driver_id), keys.seen, keys.reserved, keys.idle, keys.path(driver_id)]
        touched += [*keys.askable, *_queues(zone)]
        answer = script(_PACKAGE, "record_positions")(self._redis, touched, arguments)
        if answer is None:
            return None
        return Recorded(tuple(verdict.decode() for verdict in answer[5:]), _trip_in_hand(answer[:5]))

    def admit(
        self,
        zone: str,
        driver_id: UUID,
        vehicle_class: VehicleClass,
        version: int,
        *,
        reserved_until_ms: int | None = None,
        traits: Traits = PLAIN,
    ) -> None:
        """From now on the zone knows the driver, as of that version. An offer that they brought keeps them reserved."""
        keys = ZoneKeys(zone)
        arguments = [vehicle_class, version, str(driver_id), "" if reserved_until_ms is None else reserved_until_ms]
        arguments += _told(traits)
        touched = [keys.driver(driver_id), keys.reserved, keys.traits, keys.accessible, keys.heading]
        script(_PACKAGE, "admit")(self._redis, touched, arguments)

    def put_traits(self, zone: str, driver_id: UUID, traits: Traits) -> None:
        """What matching knows of the driver from now on, if the zone knows them and nothing newer."""
        keys = ZoneKeys(zone)
        touched = [keys.driver(driver_id), keys.traits, keys.accessible, keys.heading]
        script(_PACKAGE, "put_traits")(self._redis, touched, [str(driver_id), traits.version, *_told(traits)])

    def arrived(self, zone: str, within_m: float) -> list[tuple[UUID, datetime]]:
        """Who came to where they were heading, and until when they would have been; nobody who is on a trip.

        One round trip where nobody is heading anywhere, which is usual.
        """
        keys = ZoneKeys(zone)
        ask, touched = script(_PACKAGE, "arrived"), [keys.traits, keys.heading]
        heading = [driver_id.decode() for driver_id in ask(self._redis, touched, [within_m])]
        if not heading:
            return []
        touched += [keys.driver(driver_id) for driver_id in heading]
        found = ask(self._redis, touched, [within_m, *heading])
        return [(UUID(driver_id.decode()), datetime.fromtimestamp(float(until_s), UTC)) for driver_id, until_s in found]

    def change_trip(self, zone: str, change: TripChange, now: datetime) -> bool:
        """Apply a change of the driver's trip; whether it was news."""
        keys, trip = ZoneKeys(zone), change.trip
        touched = [keys.driver(change.driver_id), keys.seen, keys.reserved, keys.idle]
        touched += [*keys.askable, *_queues(zone)]
        arguments: list[Any] = [str(change.driver_id), str(change.trip_id), change.version, milliseconds(change.at)]
        arguments += [milliseconds(now), _MATCHABLE_MS, *_CLASSES]
        if trip is not None:
            arguments += [trip.state, str(trip.rider_id), trip.target.lat, trip.target.lng]
        return bool(script(_PACKAGE, "change_trip")(self._redis, touched, arguments))

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
        forgotten, _ = self._forget(zone, driver_id, last, version)
        return bool(forgotten)

    def leave(self, zone: str, driver_id: UUID) -> int | None:
        """The driver is in another zone now; until when (Unix ms) an offer keeps them reserved, if one does."""
        _, reserved_until_ms = self._forget(zone, driver_id, "", "")
        return int(float(reserved_until_ms)) if reserved_until_ms else None

    def _forget(self, zone: str, driver_id: UUID, last: int | str, version: int | str) -> Any:
        keys = ZoneKeys(zone)
        touched = [keys.driver(driver_id), keys.traits, keys.accessible, keys.heading]
        touched += [keys.seen, keys.reserved, keys.idle]
        touched += [*keys.askable, *_queues(zone)]
        return script(_PACKAGE, "forget")(self._redis, touched, [str(driver_id), last, version])

    def place_in_queue(self, zone: str, driver_id: UUID, now: datetime) -> PlaceInQueue | None:
        """None when the driver stands in no queue of the zone."""
        keys, fifos = ZoneKeys(zone), fifos_of(zone)
        queues = keys.queues([fifo.id for fifo in fifos])
        arguments = [str(driver_id), milliseconds(now - MATCHABLE_FOR)]
        answer = script(_PACKAGE, "place_in_queue")(self._redis, [keys.seen, keys.idle, *queues], arguments)
        if answer is None:
            return None
        number, place, length, since_ms = answer
        fifo, of_class = divmod(number - 1, len(VEHICLE_CLASSES))
        since = moment(int(float(since_ms)))
        return PlaceInQueue(fifos[fifo].id, fifos[fifo].name, VEHICLE_CLASSES[of_class], place, length, since)

    def nearby(
        self, zone: str, place: Point, radius_m: float, *, classes: Sequence[VehicleClass], limit: int, now: datetime
    ) -> list[NearbyDriver]:
        """The nearest free drivers, nearest first."""
        keys = ZoneKeys(zone)
        since = milliseconds(now - MATCHABLE_FOR)
        answer = script(_PACKAGE, "nearby")(
            self._redis,
            [keys.seen, *(keys.free(vehicle_class) for vehicle_class in classes)],
            [place.lat, place.lng, radius_m, limit, since],
        )
        found = [
            NearbyDriver(vehicle_class, Point(lat=float(lat), lng=float(lng)), float(metres))
            for vehicle_class, drivers in zip(classes, answer, strict=True)
            for _, metres, lng, lat in drivers
        ]
        return sorted(found, key=lambda driver: driver.distance_m)[:limit]

    def watch(self, zone: str, driver_ids: Iterable[UUID], since: datetime) -> None:
        """Start the clock of drivers who have not been heard of yet; of others it runs already."""
        waiting = {str(driver_id): milliseconds(since) for driver_id in driver_ids}
        if waiting:
            with answering():
                self._redis.zadd(ZoneKeys(zone).seen, waiting, nx=True)

    def unseen(self, zone: str, driver_ids: Sequence[UUID]) -> list[UUID]:
        """Which of the drivers the zone has never heard of."""
        if not driver_ids:
            return []
        with answering():
            seen = self._redis.zmscore(ZoneKeys(zone).seen, [str(driver_id) for driver_id in driver_ids])
        return [driver_id for driver_id, at in zip(driver_ids, seen, strict=True) if at is None]

    def silent(self, zone: str, since: datetime, limit: int) -> list[SilentDriver]:
        """Drivers not heard of since then, the longest silent first."""
        keys = ZoneKeys(zone)
        with answering():
            found: Any = self._redis.zrangebyscore(
                keys.seen, "-inf", milliseconds(since), start=0, num=limit, withscores=True
            )
            if not found:
                return []
            with self._redis.pipeline() as pipeline:  # type: ignore[no-untyped-call]
                for member, _ in found:
                    pipeline.hmget(keys.driver(member.decode()), _SILENT_FIELDS)
                known = pipeline.execute()
        return [
            _silent(UUID(member.decode()), int(score), fields)
            for (member, score), fields in zip(found, known, strict=True)
        ]

    def tell_stale_once(self, zone: str, silent: SilentDriver) -> bool:
        """Whether nobody has told the rider yet that this very position is stale."""
        key, at = ZoneKeys(zone).driver(silent.driver_id), str(milliseconds(silent.last_seen_at)).encode()
        with answering():
            if self._redis.hget(key, "told_stale") == at:
                return False
            self._redis.hset(key, "told_stale", at)
        return True

    def known_trips(self, zone: str, driver_ids: Sequence[UUID]) -> dict[UUID, KnownTrip]:
        """Of the drivers whom the zone knows, what it knows of their trips."""
        keys = ZoneKeys(zone)
        with answering(), self._redis.pipeline() as pipeline:  # type: ignore[no-untyped-call]
            for driver_id in driver_ids:
                pipeline.hmget(keys.driver(driver_id), ["class", "trip_id", "last_version"])
            found = pipeline.execute() if driver_ids else []
        return {
            driver_id: KnownTrip(UUID(trip_id.decode()) if trip_id else None, int(version or 0))
            for driver_id, (vehicle_class, trip_id, version) in zip(driver_ids, found, strict=True)
            if vehicle_class is not None
        }

    def check_answers(self, zone: str) -> None:
        """Raises `RedisUnavailableError` if the zone's node does not answer."""
        with answering():
            self._redis.exists(ZoneKeys(zone).seen)

    def last_fixes(self, zone: str, driver_ids: Sequence[UUID]) -> dict[UUID, Fix]:
        """The last position of each driver who sent one in this zone; of others nothing is known here."""
        keys, fields = ZoneKeys(zone), ["recorded_at", "lat", "lng", "accuracy"]
        with answering(), self._redis.pipeline() as pipeline:  # type: ignore[no-untyped-call]
            for driver_id in driver_ids:
                pipeline.hmget(keys.driver(driver_id), fields)
            found = pipeline.execute() if driver_ids else []
        return {
            driver_id: Fix(moment(int(at)), Point(lat=float(lat), lng=float(lng)), float(accuracy or 0))
            for driver_id, (at, lat, lng, accuracy) in zip(driver_ids, found, strict=True)
            if at is not None
        }

    def path(self, zone: str, driver_id: UUID, trip_id: UUID) -> list[PathPoint]:
        """Where the driver was in this zone since the trip was assigned to them."""
        with answering():
            kept: Any = self._redis.lrange(ZoneKeys(zone).path(driver_id), 0, -1)
        points = (entry.decode().split(" ") for entry in kept)
        return [PathPoint(int(at), float(lat), float(lng)) for trip, at, lat, lng in points if trip == str(trip_id)]

    def drop_path(self, zone: str, driver_id: UUID, trip_id: UUID, now: datetime) -> None:
        """Forget the trip's path; it is archived."""
        since = milliseconds(now - _PATHS_KEPT)
        script(_PACKAGE, "drop_path")(self._redis, [ZoneKeys(zone).path(driver_id)], [str(trip_id), since])


def _told(traits: Traits) -> list[Any]:
    """As the scripts are told of them."""
    return [traits.entry(), int(traits.wheelchair_accessible), int(traits.heading is not None)]


def _queues(zone: str) -> list[str]:
    """What the zone keeps of its queues, if it has any: places of queued drivers, then the queues."""
    keys, fifo_ids = ZoneKeys(zone), [fifo.id for fifo in fifos_of(zone)]
    return [keys.queued, *keys.queues(fifo_ids)] if fifo_ids else []


def _lies(place: Point, fifo: Fifo) -> str:
    """How the place lies to the queue's waiting area, as `record_positions.lua` reads it."""
    if fifo.waiting.holds(place):
        lies = "i"
    else:
        lies = "n" if fifo.waiting.is_within(fifo.keeps_place_within_m, place) else "o"
    return lies if fifo.other_trips else lies.upper()


def _trip_in_hand(fields: Sequence[bytes]) -> TripInHand | None:
    trip_id, rider_id, state, lat, lng = (field.decode() for field in fields)
    if not trip_id:
        return None
    return TripInHand(UUID(trip_id), UUID(rider_id), state, Point(lat=float(lat), lng=float(lng)))  # type: ignore[arg-type]


def _silent(driver_id: UUID, seen_ms: int, fields: Sequence[bytes | None]) -> SilentDriver:
    trip = _trip_in_hand([field or b"" for field in fields[:5]])
    lat, lng, heading = fields[5:]
    place = None if lat is None or lng is None else Point(lat=float(lat), lng=float(lng))
    return SilentDriver(driver_id, moment(seen_ms), place, float(heading) if heading else None, trip)
