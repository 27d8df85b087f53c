"""Supply's objects, built once per execution environment and imported where they are built."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

from rideflow.kernel.clock import utc_now
from rideflow.kernel.settings import BusSettings, HeartbeatSettings, RedisSettings, SupplySettings

if TYPE_CHECKING:
    from rideflow.kernel.postgres import Database
    from rideflow.supply.admission import Admissions
    from rideflow.supply.availability import Availability
    from rideflow.supply.driver_records import PostgresDriverRecords
    from rideflow.supply.heartbeats import Heartbeats, SweepPlan
    from rideflow.supply.index.availability import AvailabilityIndex
    from rideflow.supply.index.leases import LeaseIndex
    from rideflow.supply.index.overview import OverviewIndex
    from rideflow.supply.index.positions import PositionIndex
    from rideflow.supply.index.search import SearchIndex
    from rideflow.supply.index.silence import SilenceIndex
    from rideflow.supply.index.trails import TrailIndex
    from rideflow.supply.index.trips import TripIndex
    from rideflow.supply.nearby import NearbyDrivers
    from rideflow.supply.neighbours import Neighbours
    from rideflow.supply.position_history import PositionHistory
    from rideflow.supply.positions import Positions
    from rideflow.supply.queues import Queues
    from rideflow.supply.reconciliation import Reconciliation
    from rideflow.supply.reservations import Reservations


@cache
def positions() -> Positions:
    from rideflow.markets.wiring import markets
    from rideflow.supply.positions import Positions

    return Positions(position_index(), admissions(), markets(), utc_now)


@cache
def position_index() -> PositionIndex:
    from rideflow.kernel.redis import redis_cluster
    from rideflow.markets.wiring import markets
    from rideflow.supply.index.positions import PositionIndex

    return PositionIndex(redis_cluster(), SupplySettings.from_environment().max_speed_mps, markets())


@cache
def admissions() -> Admissions:
    from rideflow.markets.wiring import markets
    from rideflow.supply.admission import Admissions

    return Admissions(availability_index(), trip_index(), driver_records, markets(), utc_now)


@cache
def availability_index() -> AvailabilityIndex:
    from rideflow.kernel.redis import redis_cluster
    from rideflow.markets.wiring import markets
    from rideflow.supply.index.availability import AvailabilityIndex

    return AvailabilityIndex(redis_cluster(), markets())


@cache
def trip_index() -> TripIndex:
    from rideflow.kernel.redis import redis_cluster
    from rideflow.markets.wiring import markets
    from rideflow.supply.index.trips import TripIndex

    return TripIndex(redis_cluster(), markets())


@cache
def driver_records() -> PostgresDriverRecords:
    from rideflow.kernel.postgres import database
    from rideflow.supply.driver_records import PostgresDriverRecords

    return PostgresDriverRecords(database())


@cache
def availability() -> Availability:
    from rideflow.markets.wiring import markets
    from rideflow.supply.availability import Availability

    return Availability(availability_index(), trip_index(), silence(), driver_records, markets(), utc_now)


@cache
def nearby_drivers() -> NearbyDrivers:
    from rideflow.markets.wiring import markets
    from rideflow.supply.nearby import NearbyDrivers

    return NearbyDrivers(search(), markets(), utc_now)


@cache
def queues() -> Queues:
    from rideflow.kernel.redis import redis_cluster
    from rideflow.markets.wiring import markets
    from rideflow.supply.index.queues import QueueIndex
    from rideflow.supply.queues import Queues

    return Queues(QueueIndex(redis_cluster(), markets()), markets(), utc_now)


@cache
def reservations() -> Reservations:
    from rideflow.kernel.redis import redis_cluster
    from rideflow.markets.wiring import markets
    from rideflow.supply.index.reservations import ReservationIndex
    from rideflow.supply.reservations import Reservations

    return Reservations(ReservationIndex(redis_cluster(), markets()), markets())


@cache
def leases() -> LeaseIndex:
    from rideflow.kernel.redis import redis_cluster
    from rideflow.markets.wiring import markets
    from rideflow.supply.index.leases import LeaseIndex

    return LeaseIndex(redis_cluster(), markets())


@cache
def overview() -> OverviewIndex:
    from rideflow.kernel.redis import redis_cluster
    from rideflow.supply.index.overview import OverviewIndex

    return OverviewIndex(redis_cluster())


@cache
def search() -> SearchIndex:
    from rideflow.kernel.redis import redis_cluster
    from rideflow.markets.wiring import markets
    from rideflow.supply.index.search import SearchIndex

    return SearchIndex(redis_cluster(), markets())


@cache
def silence() -> SilenceIndex:
    from rideflow.kernel.redis import redis_cluster
    from rideflow.supply.index.silence import SilenceIndex

    return SilenceIndex(redis_cluster())


@cache
def trails() -> TrailIndex:
    from rideflow.kernel.redis import redis_cluster
    from rideflow.supply.index.trails import TrailIndex

    return TrailIndex(redis_cluster())


@cache
def neighbours() -> Neighbours:
    from rideflow.supply.neighbours import Neighbours

    return Neighbours(_hurried_search)


@cache
def _hurried_search() -> SearchIndex:
    """A search that gives up fast. It is built when a neighbouring zone is first searched."""
    from rideflow.kernel.redis import connect
    from rideflow.markets.wiring import markets
    from rideflow.supply.index.search import SearchIndex
    from rideflow.supply.neighbours import ANSWERS_WITHIN_S

    return SearchIndex(connect(RedisSettings.from_environment(), timeout_s=ANSWERS_WITHIN_S, retries=0), markets())


@cache
def position_history() -> PositionHistory:
    from rideflow.supply.position_history import PositionHistory

    return PositionHistory(trails(), silence())


@cache
def heartbeats() -> Heartbeats:
    from rideflow.kernel.outbox import EventBridgePublisher
    from rideflow.markets.wiring import markets
    from rideflow.supply.heartbeats import Heartbeats

    publisher = EventBridgePublisher(BusSettings.from_environment().name)
    return Heartbeats(silence(), availability_index(), publisher, markets(), utc_now)


@cache
def sweep_plan() -> SweepPlan:
    from rideflow.kernel.queues import Queue
    from rideflow.markets.wiring import markets
    from rideflow.supply.heartbeats import SweepPlan
    from rideflow.supply.messages import HeartbeatSweep

    queue = Queue(HeartbeatSettings.from_environment().queue_url)

    def ask_for_sweep(delay: timedelta) -> None:
        queue.send(HeartbeatSweep(), delay)

    return SweepPlan(silence(), driver_records(), ask_for_sweep, markets(), utc_now)


def heartbeats_due_at(look: Database) -> datetime | None:
    """From when on heartbeats may have to be watched: now, while anybody is there."""
    from rideflow.markets.wiring import markets
    from rideflow.supply.driver_records import PostgresDriverRecords
    from rideflow.supply.heartbeats import someone_is_there

    return utc_now() if someone_is_there(PostgresDriverRecords(look), silence(), markets()) else None


@cache
def reconciliation() -> Reconciliation:
    from rideflow.markets.wiring import markets
    from rideflow.supply.reconciliation import Reconciliation

    return Reconciliation(trip_index(), driver_records(), markets(), utc_now)
