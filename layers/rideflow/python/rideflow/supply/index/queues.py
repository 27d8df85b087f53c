"""Airport queues: drivers in the order in which they came to the waiting area."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from redis.cluster import RedisCluster

from rideflow.kernel.redis import script
from rideflow.kernel.ride_requirements import RideRequirements
from rideflow.kernel.vehicles import VehicleClass
from rideflow.markets.model import Markets
from rideflow.markets.zones import Fifo
from rideflow.supply.index.search import free_drivers, requirement_arguments
from rideflow.supply.keys import ZoneKeys, queues
from rideflow.supply.model import MATCHABLE_FOR, AvailableDriver, PlaceInQueue, WaitingRide, milliseconds, moment

_END_LOST_AFTER = timedelta(minutes=2)
"""A reservation that ended longer ago does not count. A message, or else the sweeper of each minute, ends its offer, so
the end must have been lost."""

_PACKAGE = "rideflow.supply.index"


class QueueIndex:
    """The queues of every zone."""

    def __init__(self, redis: RedisCluster, markets: Markets) -> None:
        self._redis = redis
        self._markets = markets

    def first_in_line(self, fifo: Fifo, rides: Sequence[WaitingRide], now: datetime) -> list[AvailableDriver]:
        """The queue's first drivers who can be offered a trip, as many as the waiting rides can use."""
        keys, classes = ZoneKeys(fifo.zone), self._markets.zone(fifo.zone).market.vehicle_classes
        wanted: dict[VehicleClass, Counter[tuple[RideRequirements, bool]]] = {}
        for ride in rides:
            for of_classes, is_upgrade in ((ride.classes.own, False), (ride.classes.upgrades, True)):
                for of_class in of_classes:
                    wanted.setdefault(of_class, Counter())[ride.requirements, is_upgrade] += 1 + ride.already_asked
        arguments: list[Any] = [milliseconds(now - MATCHABLE_FOR), milliseconds(now - _END_LOST_AFTER)]
        arguments.append(milliseconds(now))
        for vehicle_class, lots in wanted.items():
            arguments += [classes.index(vehicle_class) + 1, len(lots)]
            for (requirements, is_upgrade), drivers in lots.items():
                arguments += [drivers, *requirement_arguments(requirements), int(is_upgrade)]
        answer = script(_PACKAGE, "first_in_line")(
            self._redis,
            [
                *(keys.seen, keys.reserved, keys.idle, keys.queued, keys.traits),
                *(keys.queue(fifo.id, of_class) for of_class in wanted),
            ],
            arguments,
        )
        return free_drivers(answer, classes)

    def move_to_end(self, fifo: Fifo, driver_ids: Sequence[UUID], now: datetime) -> None:
        """Move drivers who did not take a trip of the queue to its end."""
        arguments = [milliseconds(now), *map(str, driver_ids)]
        script(_PACKAGE, "move_to_queue_end")(self._redis, queues(self._markets.zone(fifo.zone), [fifo.id]), arguments)

    def place(self, zone: str, driver_id: UUID, now: datetime) -> PlaceInQueue | None:
        """The driver's place in a queue of the zone; None if they are in none."""
        keys, area = ZoneKeys(zone), self._markets.zone(zone)
        fifos, classes = area.fifos, area.market.vehicle_classes
        arguments = [str(driver_id), milliseconds(now - MATCHABLE_FOR)]
        answer = script(_PACKAGE, "place_in_queue")(
            self._redis, [keys.seen, keys.idle, *queues(area, [fifo.id for fifo in fifos])], arguments
        )
        if answer is None:
            return None
        number, place, length, since_ms = answer
        fifo, of_class = divmod(number - 1, len(classes))
        since = moment(int(float(since_ms)))
        return PlaceInQueue(fifos[fifo].id, fifos[fifo].name, classes[of_class], place, length, since)
