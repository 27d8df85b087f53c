"""Locations' objects, built once per execution environment and imported where they are built."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING

from rideflow.kernel.clock import utc_now
from rideflow.kernel.model import Message
from rideflow.kernel.settings import BusSettings, HeartbeatSettings, LocationsSettings
from rideflow.realtime.wiring import realtime

if TYPE_CHECKING:
    from rideflow.locations.paths import Paths
    from rideflow.locations.service import Locations
    from rideflow.supply.heartbeats import HeartbeatRota, Heartbeats
    from rideflow.supply.mending import Mending
    from rideflow.supply.positions import RedisPositions
    from rideflow.supply.roster import PostgresRoster
    from rideflow.supply.whereabouts import Whereabouts


class HeartbeatSweep(Message):
    """Look for silent drivers now."""


@cache
def positions() -> RedisPositions:
    from rideflow.kernel.redis import redis_cluster
    from rideflow.supply.positions import RedisPositions

    return RedisPositions(redis_cluster(), LocationsSettings.from_environment().max_speed_mps)


@cache
def roster() -> PostgresRoster:
    from rideflow.kernel.postgres import database
    from rideflow.supply.roster import PostgresRoster

    return PostgresRoster(database())


@cache
def locations() -> Locations:
    from rideflow.kernel.travel import StraightLine
    from rideflow.locations.service import Locations

    return Locations(positions(), roster, realtime(), StraightLine(), utc_now)


@cache
def heartbeats() -> Heartbeats:
    from rideflow.kernel.outbox import EventBridgePublisher
    from rideflow.supply.heartbeats import Heartbeats

    return Heartbeats(positions(), EventBridgePublisher(BusSettings.from_environment().name), realtime(), utc_now)


@cache
def heartbeat_rota() -> HeartbeatRota:
    from rideflow.kernel.queues import Queue
    from rideflow.supply.heartbeats import HeartbeatRota

    queue = Queue(HeartbeatSettings.from_environment().queue_url)

    def ask_for_sweep(delay: timedelta) -> None:
        queue.send(HeartbeatSweep(), delay)

    return HeartbeatRota(positions(), roster(), ask_for_sweep, utc_now)


@cache
def mending() -> Mending:
    from rideflow.supply.mending import Mending

    return Mending(positions(), roster(), utc_now)


@cache
def whereabouts() -> Whereabouts:
    from rideflow.supply.whereabouts import Whereabouts

    return Whereabouts(positions())


@cache
def paths() -> Paths:
    from rideflow.locations.archive import S3PathArchive
    from rideflow.locations.paths import Paths

    return Paths(positions(), roster(), S3PathArchive(LocationsSettings.from_environment().paths_bucket), utc_now)
