"""Live positions in Redis. Every use is one script or command on one zone; the scripts say what they do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from redis.cluster import RedisCluster

from rideflow.kernel.cities import Fifo, fifos_of
from rideflow.kernel.geo import Fix, Point, Sightings
from rideflow.kernel.redis import answering, script
from rideflow.kernel.ride_requirements import PLAIN, Traits
from rideflow.kernel.travel import StraightLine
from rideflow.kernel.vehicles import VehicleClass
from rideflow.supply.keys import VEHICLE_CLASSES, ZoneKeys
from rideflow.supply.model import (
    FINISHING_WITHIN,
    FUTURE_TOLERANCE,
    MATCHABLE_FOR,
    MAX_ACCURACY_M,
    Elsewhere,
    KnownTrip,
    NearbyDriver,
    PathPoint,
    PhoneClock,
    PlaceInQueue,
    Position,
    Recorded,
    SilentDriver,
    TripChange,
    TripInHand,
    milliseconds,
    moment,
)

_MATCHABLE_MS = MATCHABLE_FOR // timedelta(milliseconds=1)
_SOON_MS = FINISHING_WITHIN // timedelta(milliseconds=1)
_MS_PER_METRE = StraightLine().seconds(1000)
_FUTURE_MS = FUTURE_TOLERANCE // timedelta(milliseconds=1)
_TRIP_FIELDS = ["trip_id", "rider_id", "trip_state", "target_lat", "target_lng"]
_SILENT_FIELDS = [*_TRIP_FIELDS, "lat", "lng", "heading", "heard"]
_MEMORY = ["lat", "lng", "recorded_at", "heading", "heard", "agreed", "doubted", "clock", "before"]
_CLASSES = (len(VEHICLE_CLASSES), *VEHICLE_CLASSES)
_PATHS_KEPT = timedelta(hours=48)
_PACKAGE = "rideflow.supply"


class RedisPositions:
    """Where drivers are, zone by zone."""

    def __init__(self, redis: RedisCluster, max_speed_mps: float) -> None:
        self._redis = redis
        self.max_speed_mps = max_speed_mps

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
        """Judge and apply positions, oldest first, in one round trip. None when the zone does not know the driver.

        `in_zones` is needed if not all of them lie in this zone, `clock` if the phone told more of it than they do.
        """
        keys, fifos = ZoneKeys(zone), fifos_of(zone)
        arguments: list[Any] = [str(driver_id), milliseconds(now), self.max_speed_mps, _FUTURE_MS, MAX_ACCURACY_M]
        shown = clock or PhoneClock.of(positions, None)
        arguments += [_MATCHABLE_MS, _SOON_MS, _MS_PER_METRE]
        arguments += ["", 0] if shown is None else [milliseconds(shown.shows), int(shown.at_sending)]
        arguments += _CLASSES
        for number, position in enumerate(positions):
            heading = "" if position.heading_deg is None else position.heading_deg
            recorded_ms = milliseconds(position.recorded_at)
            accuracy = "-" if position.accuracy_m is None else position.accuracy_m
            arguments += [recorded_ms, position.lat, position.lng, heading, accuracy]
            here = in_zones is None or in_zones[number] == zone
            arguments.append("".join(_lies(position.point, fifo) for fifo in fifos) if here else "away")
        touched = [keys.driver(driver_id), keys.seen, keys.reserved, keys.idle, keys.path(driver_id)]
        touched += _indexes(zone)
        answer = script(_PACKAGE, "record_positions")(self._redis, touched, arguments)
        if answer is None:
            return None
        if in_zones and len(answer) == 1:
            return Elsewhere(in_zones[answer[0] - 1])
        *trip, matchable, clock_slow_ms = answer[:7]
        verdicts = tuple(verdict.decode() for verdict in answer[7:])
        return Recorded(verdicts, _trip_in_hand(trip), bool(matchable), clock_slow_ms)

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
        touched = [keys.driver(driver_id), keys.reserved, keys.traits, keys.accessible, keys.heading]
        script(_PACKAGE, "admit")(self._redis, touched, arguments)

    def put_traits(self, zone: str, driver_id: UUID, traits: Traits) -> None:
        """What matching knows of the driver from now on, if the zone knows them and nothing newer."""
        keys = ZoneKeys(zone)
        touched = [keys.driver(driver_id), keys.traits, keys.accessible, keys.heading]
        script(_PACKAGE, "put_traits")(self._redis, touched, [str(driver_id), traits.version, *_told(traits)])

    def arrived(self, zone: str, within_m: float) -> list[tuple[UUID, datetime]]:
        """Drivers who came to their destination, and until when it was set; not those on a trip.

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
        touched += _indexes(zone)
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
        touched = [keys.driver(driver_id), keys.traits, keys.accessible, keys.heading]
        touched += [keys.seen, keys.reserved, keys.idle]
        touched += _indexes(zone)
        return script(_PACKAGE, "forget")(self._redis, touched, [str(driver_id), last, version, *told])

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

    def silent(self, zone: str, since: datetime, limit: int, *, start: int = 0) -> list[SilentDriver]:
        """Drivers of whom no position since then is believed, the longest silent first."""
        keys = ZoneKeys(zone)
        with answering():
            found: Any = self._redis.zrangebyscore(
                keys.seen, "-inf", milliseconds(since), start=start, num=limit, withscores=True
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

    def trail(self, zone: str, driver_id: UUID, trip_id: UUID) -> Sightings:
        """Where the driver was in this zone on the trip, and last of all, in one round trip."""
        keys = ZoneKeys(zone)
        touched = [keys.driver(driver_id), keys.path(driver_id)]
        (*last, clock), entries = script(_PACKAGE, "trail")(self._redis, touched, [])
        found = {point.recorded_ms: _fix(point) for point in _of_trip(entries, trip_id)}
        if last[0] is not None:
            point = _path_point(*((part or b"-").decode() for part in last))
            found[point.recorded_ms] = _fix(point)
        slow_ms = 0.0 if clock is None else float(clock.split(b" ")[0])
        return Sightings([found[ms] for ms in sorted(found)], True, timedelta(milliseconds=slow_ms))

    def last_heard(self, zone: str, driver_ids: Sequence[UUID]) -> dict[UUID, datetime]:
        """When each driver's phone last sent anything in this zone; of others nothing is known here."""
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

    def path(self, zone: str, driver_id: UUID, trip_id: UUID) -> list[PathPoint]:
        """Where the driver was in this zone on the trip, oldest first; one point of each moment."""
        with answering():
            kept: Any = self._redis.lrange(ZoneKeys(zone).path(driver_id), 0, -1)
        points = {point.recorded_ms: point for point in _of_trip(kept, trip_id)}
        return sorted(points.values(), key=lambda point: point.recorded_ms)

    def drop_path(self, zone: str, driver_id: UUID, trip_id: UUID, now: datetime) -> None:
        """Forget the trip's path; it is archived."""
        keys, since = ZoneKeys(zone), milliseconds(now - _PATHS_KEPT)
        touched = [keys.path(driver_id), keys.driver(driver_id)]
        script(_PACKAGE, "drop_path")(self._redis, touched, [str(trip_id), since])


def _told(traits: Traits) -> list[Any]:
    """As the scripts are told of them."""
    return [traits.entry(), int(traits.wheelchair_accessible), int(traits.heading is not None)]


def _indexes(zone: str) -> list[str]:
    """What holds drivers of the zone who can be asked, then what it keeps of its queues, if it has any."""
    keys, fifo_ids = ZoneKeys(zone), tuple([fifo.id for fifo in fifos_of(zone)])
    return [*keys.askable, *(_queues(keys, fifo_ids) if fifo_ids else ())]


@cache
def _queues(keys: ZoneKeys, fifo_ids: tuple[str, ...]) -> tuple[str, ...]:
    """Places of queued drivers, then the queues: made once, since every position touches them."""
    return (keys.queued, *keys.queues(fifo_ids))


def _lies(place: Point, fifo: Fifo) -> str:
    """How the place lies to the queue's waiting area, as `record_positions.lua` reads it."""
    if fifo.waiting.holds(place):
        lies = "i"
    else:
        lies = "n" if fifo.waiting.is_within(fifo.keeps_place_within_m, place) else "o"
    return lies if fifo.other_trips else lies.upper()


def _of_trip(entries: Iterable[bytes], trip_id: UUID) -> Iterator[PathPoint]:
    """The points of a path's entries that belong to the trip."""
    parts = (entry.decode().split(" ") for entry in entries)
    return (_path_point(*point) for trip, *point in parts if trip == str(trip_id))


def _fix(point: PathPoint) -> Fix:
    return Fix(moment(point.recorded_ms), Point(lat=point.lat, lng=point.lng), point.accuracy_m or 0.0)


def _path_point(recorded_ms: str, lat: str, lng: str, accuracy_m: str) -> PathPoint:
    """A path's entry, as `record_positions.lua` writes it after the trip's id."""
    return PathPoint(int(float(recorded_ms)), float(lat), float(lng), None if accuracy_m == "-" else float(accuracy_m))


def _trip_in_hand(fields: Sequence[bytes]) -> TripInHand | None:
    trip_id, rider_id, state, lat, lng = (field.decode() for field in fields)
    if not trip_id:
        return None
    return TripInHand(UUID(trip_id), UUID(rider_id), state, Point(lat=float(lat), lng=float(lng)))  # type: ignore[arg-type]


def _silent(driver_id: UUID, seen_ms: int, fields: Sequence[bytes | None]) -> SilentDriver:
    trip = _trip_in_hand([field or b"" for field in fields[:5]])
    lat, lng, heading, heard = fields[5:]
    place = None if lat is None or lng is None else Point(lat=float(lat), lng=float(lng))
    last_heard_at = moment(max(seen_ms, int(heard or 0)))
    return SilentDriver(driver_id, moment(seen_ms), last_heard_at, place, float(heading) if heading else None, trip)
