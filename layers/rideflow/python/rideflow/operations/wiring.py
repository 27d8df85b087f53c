"""The objects of operations, built once per execution environment.

Each is imported where it is built: an operation pays at a cold start for what it uses.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from rideflow.kernel.clock import utc_now

if TYPE_CHECKING:
    from rideflow.operations.channel.producer import Producers
    from rideflow.operations.channel.service import MarketWatch
    from rideflow.operations.channel.watchers import Watchers
    from rideflow.operations.offers import OperatorOffers
    from rideflow.operations.reasons import Reasons
    from rideflow.operations.set_aside import SetAsideEvents
    from rideflow.operations.trips import OperatorTrips
    from rideflow.operations.zones import OperatorZones
    from rideflow.trips.operating import StuckList


@cache
def offers() -> OperatorOffers:
    from rideflow.dispatch.wiring import manual_dispatch
    from rideflow.kernel.outbox import outbox
    from rideflow.kernel.postgres import database
    from rideflow.operations.offers import OperatorOffers

    return OperatorOffers(manual_dispatch(), outbox(), database(), _reasons(), utc_now)


@cache
def zones() -> OperatorZones:
    from rideflow.dispatch import wiring as dispatch
    from rideflow.kernel.postgres import database
    from rideflow.operations.zones import OperatorZones

    return OperatorZones(dispatch.zones(), database(), utc_now)


@cache
def trips() -> OperatorTrips:
    from rideflow.kernel.outbox import outbox
    from rideflow.kernel.postgres import database
    from rideflow.operations.trips import OperatorTrips
    from rideflow.trips.wiring import operators

    return OperatorTrips(operators(), outbox(), database(), _reasons(), utc_now)


def _reasons() -> Reasons:
    from rideflow.kernel.postgres import database
    from rideflow.kernel.wiring import seals
    from rideflow.operations.reasons import Reasons

    return Reasons(database(), seals)


@cache
def stuck_trips() -> StuckList:
    from rideflow.trips.wiring import stuck_list

    return stuck_list()


@cache
def set_aside() -> SetAsideEvents:
    from rideflow.kernel import wiring as kernel
    from rideflow.kernel.postgres import database
    from rideflow.operations.set_aside import SetAsideEvents

    return SetAsideEvents(kernel.set_aside(), database(), utc_now)


@cache
def market_watch() -> MarketWatch:
    from rideflow.kernel.queues import Queue
    from rideflow.kernel.settings import ChannelSettings
    from rideflow.markets.wiring import markets
    from rideflow.operations.channel.service import MarketWatch

    return MarketWatch(watchers(), Queue(ChannelSettings.from_environment().queue_url), markets(), utc_now)


@cache
def frame_producers() -> Producers:
    import time
    from concurrent.futures import ThreadPoolExecutor

    from rideflow.kernel.postgres import database
    from rideflow.kernel.queues import Queue
    from rideflow.kernel.settings import ChannelSettings, PostsSettings
    from rideflow.markets.wiring import markets
    from rideflow.operations.channel.producer import Producers
    from rideflow.operations.channel.rides import RideReader
    from rideflow.realtime.gateway import ManagementGateway
    from rideflow.supply.wiring import overview

    return Producers(
        watchers(),
        overview(),
        RideReader(database()),
        ManagementGateway(PostsSettings.from_environment().endpoint),
        Queue(ChannelSettings.from_environment().queue_url),
        markets(),
        ThreadPoolExecutor(max_workers=8, thread_name_prefix="posts"),
        utc_now,
        time.monotonic,
        time.sleep,
    )


@cache
def watchers() -> Watchers:
    from rideflow.kernel.redis import redis_cluster
    from rideflow.markets.wiring import markets
    from rideflow.operations.channel.watchers import Watchers

    return Watchers(redis_cluster(), markets())
