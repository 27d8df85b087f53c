"""A zone's free drivers in Redis, and the lock and schedule of its ticks. What a script does, the script says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID, uuid4

from redis.cluster import RedisCluster

from rideflow.dispatch.model import Assignment, MadeOffer, PlacedDriver, WaitingRequest
from rideflow.kernel.cells import GEOHASHES_PER_CELL, Cell, cell_of_geohash
from rideflow.kernel.cities import Fifo
from rideflow.kernel.geo import Point
from rideflow.kernel.redis import script
from rideflow.kernel.ride_requirements import RideRequirements, Traits
from rideflow.kernel.vehicles import VehicleClass
from rideflow.matching.opportunity_cost import Counts
from rideflow.matching.search import SearchRadius
from rideflow.matching.world import FreeDriver
from rideflow.supply.keys import VEHICLE_CLASSES, ZoneKeys
from rideflow.supply.model import MATCHABLE_FOR, milliseconds

LOCK_LIVES = timedelta(seconds=5)
"""A matcher that takes longer is thought dead; should it wake up, its token is old."""

_BELIEVED_FOR = timedelta(seconds=5)
"""How long after its time a scheduled tick is waited for before another may be scheduled."""

_END_LOST_AFTER = timedelta(minutes=2)
"""Offers end by a message, or by the sweeper that comes each minute; the reservation of one that did not is old."""

_MILLISECOND = timedelta(milliseconds=1)
_CLASSES = (len(VEHICLE_CLASSES), *VEHICLE_CLASSES)
_PACKAGE = "rideflow.supply"


@dataclass(frozen=True, slots=True)
class Lookout:
    """How a tick looks for drivers: in circles that grow, for so many a request, so far ahead of their drop-offs."""

    search: SearchRadius
    wanted: int
    now: datetime
    ahead: timedelta = timedelta(0)

    def radius_m(self, request: WaitingRequest) -> float:
        return self.search.at((self.now - request.opened_at).total_seconds())


@dataclass(frozen=True, slots=True)
class Around:
    """The drivers around those who wait: free ones, and those who will drop off there."""

    free: list[FreeDriver[UUID]] = field(default_factory=list)
    finishing: list[FreeDriver[UUID]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Turn:
    """A matcher's turn in a zone: its fencing token, how many drive there, and whom it may ask."""

    token: int
    drivers_on_trips: int
    around: Around


class RedisPool:
    """The free drivers of every zone."""

    def __init__(self, redis: RedisCluster) -> None:
        self._redis = redis

    def schedule(self, zone: str, kind: Literal["now", "later"], delay: timedelta) -> str | None:
        """The id for the message of a tick, or None when one comes soon enough anyway."""
        schedule_id = f"{kind}:{uuid4().hex}"
        believed_ms = (delay + _BELIEVED_FOR) // _MILLISECOND
        keys = [ZoneKeys(zone).tick_due]
        scheduled = script(_PACKAGE, "schedule_tick")(self._redis, keys, [schedule_id, believed_ms])
        return schedule_id if scheduled else None

    def claim(self, zone: str, schedule_id: str) -> bool:
        """Whether this message is the zone's tick; then another may be scheduled from now on."""
        return bool(script(_PACKAGE, "claim_tick")(self._redis, [ZoneKeys(zone).tick_due], [schedule_id]))

    def begin(self, zone: str, requests: Sequence[WaitingRequest], lookout: Lookout) -> Turn | None:
        """Take the zone's turn: lock, token and drivers in one round trip. None while another matcher has it."""
        return self._search(zone, requests, lookout, LOCK_LIVES)

    def look(self, zone: str, requests: Sequence[WaitingRequest], lookout: Lookout) -> Around:
        """The drivers around those who wait in another zone, whose matcher takes no turn here."""
        found = self._search(zone, requests, lookout, timedelta(0))
        return Around() if found is None else found.around

    def _search(self, zone: str, requests: Sequence[WaitingRequest], lookout: Lookout, lock: timedelta) -> Turn | None:
        keys, now = ZoneKeys(zone), lookout.now
        arguments: list[Any] = [lock // _MILLISECOND, milliseconds(now)]
        arguments += [milliseconds(now - MATCHABLE_FOR), lookout.wanted]
        arguments.append(milliseconds(now + lookout.ahead) if lookout.ahead else 0)
        for request in requests:
            index = VEHICLE_CLASSES.index(request.vehicle_class) + 1
            arguments += [index, request.pickup.lat, request.pickup.lng, lookout.radius_m(request), len(request.asked)]
            arguments += _required(request.requirements)
        answer = script(_PACKAGE, "begin_tick")(
            self._redis,
            [
                *(keys.tick_lock, keys.tick_fence, keys.seen, keys.idle, keys.traits, keys.accessible),
                *keys.askable,
            ],
            arguments,
        )
        if answer[0] != b"run":
            return None
        around = Around(_free(answer[4:]), _finishing(answer[3], now.timestamp()))
        return Turn(int(answer[1]), int(answer[2]), around)

    def free_by_cell(self, zone: str) -> Counts:
        """How many free drivers of each class stand where."""
        counted: dict[tuple[str, Cell], int] = {}
        keys = ZoneKeys(zone).free_of_every_class
        for index, *cells in script(_PACKAGE, "free_by_cell")(self._redis, keys, [GEOHASHES_PER_CELL]):
            for prefix, drivers in zip(*[iter(cells)] * 2, strict=True):
                counted[VEHICLE_CLASSES[index - 1], cell_of_geohash(prefix)] = drivers
        return counted

    def end(self, zone: str, token: int, offers: Sequence[MadeOffer], next_in: timedelta | None) -> str | None:
        """Reserve the drivers who were asked and give the turn back; the id of the next tick to be sent, if any.

        Nothing is written when another matcher has taken over. Drivers of another zone are reserved there (`reserve`).
        """
        keys = ZoneKeys(zone)
        schedule_id = "" if next_in is None else f"later:{uuid4().hex}"
        believed_ms = ((next_in or timedelta(0)) + _BELIEVED_FOR) // _MILLISECOND
        arguments: list[Any] = [token, schedule_id, believed_ms]
        for offer in offers:
            if offer.reserved_until is not None and offer.driver_zone == zone:
                arguments += [str(offer.driver_id), milliseconds(offer.reserved_until)]
        answer = script(_PACKAGE, "end_tick")(
            self._redis,
            [keys.tick_lock, keys.tick_fence, keys.tick_due, keys.reserved, *keys.askable],
            arguments,
        )
        return schedule_id if answer[0] == b"done" and answer[1] else None

    def release(
        self, zone: str, driver_ids: Sequence[UUID], now: datetime, won: Assignment | None = None
    ) -> list[UUID]:
        """Drivers' offers ended: they can be asked again. Who won the trip drives it from now on.

        Returns those whom the zone does not know: they crossed into another one, or are offline.
        """
        keys = ZoneKeys(zone)
        touched = [keys.seen, keys.reserved, keys.idle, *keys.askable]
        arguments: list[Any] = [milliseconds(now), MATCHABLE_FOR // _MILLISECOND, *_CLASSES, 0 if won is None else 1]
        if won is not None:
            touched.append(keys.driver(won.driver_id))
            arguments += [str(won.driver_id), str(won.trip_id), won.version, milliseconds(won.at), won.state]
            arguments += [str(won.rider_id), won.pickup.lat, won.pickup.lng]
        touched += [keys.driver(driver_id) for driver_id in driver_ids]
        arguments += [str(driver_id) for driver_id in driver_ids]
        unknown = script(_PACKAGE, "release_drivers")(self._redis, touched, arguments)
        return [UUID(driver_id.decode()) for driver_id in unknown or ()]

    def heads(self, fifo: Fifo, requests: Sequence[WaitingRequest], now: datetime) -> list[FreeDriver[UUID]]:
        """The queue's first drivers who can be asked, as many as those who wait there may need."""
        keys = ZoneKeys(fifo.zone)
        queues = dict(zip(VEHICLE_CLASSES, keys.queues([fifo.id]), strict=True))
        needed: dict[VehicleClass, Counter[RideRequirements]] = {}
        for request in requests:
            needed.setdefault(request.vehicle_class, Counter())[request.requirements] += 1 + len(request.asked)
        arguments: list[Any] = [milliseconds(now - MATCHABLE_FOR), milliseconds(now - _END_LOST_AFTER)]
        arguments.append(milliseconds(now))
        for vehicle_class, lots in needed.items():
            arguments += [VEHICLE_CLASSES.index(vehicle_class) + 1, len(lots)]
            for requirements, drivers in lots.items():
                arguments += [drivers, *_required(requirements)]
        answer = script(_PACKAGE, "heads_of_queue")(
            self._redis,
            [keys.seen, keys.reserved, keys.idle, keys.queued, keys.traits, *(queues[wanted] for wanted in needed)],
            arguments,
        )
        return _free(answer)

    def to_queues_end(self, fifo: Fifo, driver_ids: Sequence[UUID], now: datetime) -> None:
        """Drivers who did not take a trip of the queue are asked after all others."""
        arguments = [milliseconds(now), *map(str, driver_ids)]
        script(_PACKAGE, "to_queues_end")(self._redis, ZoneKeys(fifo.zone).queues([fifo.id]), arguments)

    def place(self, zone: str, driver_id: UUID) -> Point | None:
        """Where the driver was last heard of in the zone."""
        lat, lng = script(_PACKAGE, "place_of_driver")(self._redis, [ZoneKeys(zone).driver(driver_id)], [])
        return None if lat is None or lng is None else Point(lat=float(lat), lng=float(lng))

    def reserve(self, driver: PlacedDriver, until: datetime | None) -> None:
        """The driver is asked for no other trip until then; None where there is room for another offer."""
        if until is None:
            return
        keys = ZoneKeys(driver.zone)
        arguments = [str(driver.driver_id), milliseconds(until)]
        script(_PACKAGE, "reserve_driver")(self._redis, [keys.reserved, *keys.askable], arguments)


def _required(requirements: RideRequirements) -> list[Any]:
    """As the scripts read it."""
    rating = "" if requirements.min_driver_rating is None else requirements.min_driver_rating
    return [int(requirements.wheelchair_accessible), rating, requirements.payment or ""]


def _free(answer: Sequence[Any]) -> list[FreeDriver[UUID]]:
    """The drivers of a script's flat answer."""
    return [
        FreeDriver(
            UUID(driver_id.decode()),
            float(lat),
            float(lng),
            VEHICLE_CLASSES[index - 1],
            float(idle_since_ms) / 1000,
            Traits.of_entry(entry.decode()),
        )
        for driver_id, index, lng, lat, idle_since_ms, entry in zip(*[iter(answer)] * 6, strict=True)
    ]


def _finishing(answer: Sequence[Any], now_s: float) -> list[FreeDriver[UUID]]:
    """The same of those who are free at a time in the place of since when the others are."""
    return [
        replace(driver, idle_since_s=now_s, free_in_s=max(0.0, driver.idle_since_s - now_s)) for driver in _free(answer)
    ]
