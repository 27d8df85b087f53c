"""supply: the driver index, silent drivers, airport queues."""

from __future__ import annotations

import aws_cdk as cdk

from infra.capabilities import Heartbeat
from infra.constructs.consumer import events_of
from infra.constructs.context import AWAITED, Context
from infra.constructs.queue import MANY, ONE_BY_ONE
from infra.contexts.cloud import Cloud

_DRIVERS_TRIP = (
    "DriverAssigned",
    "DriverArrived",
    "TripStarted",
    "TripCompleted",
    "TripCancelled",
    "DriverCancelled",
)


def declare(context: Context, cloud: Cloud) -> None:
    context.rest("GET /v1/locations/nearby", "nearby", cloud.redis)
    context.rest("GET /v1/locations/queue", "place_in_queue", cloud.redis)
    availability = events_of("drivers", "DriverWentOnline", "DriverWentOffline")
    context.consumer("on_driver_availability", availability, cloud.redis, limits=AWAITED)
    from_records = (cloud.redis, cloud.database)
    context.consumer("on_driver_traits", events_of("drivers", "DriverTraitsChanged"), *from_records)
    context.consumer(
        "on_trip_changed", events_of("trips", *_DRIVERS_TRIP), *from_records, limits=AWAITED, concurrency=MANY
    )
    _heartbeats(context, cloud)


def _heartbeats(context: Context, cloud: Cloud) -> None:
    """A schedule starts once a minute at most; each start spreads delayed messages over its minute."""
    sweeps = context.queue("heartbeat")
    context.worker("sweep_heartbeats", sweeps, cloud.redis, cloud.bus, batch=ONE_BY_ONE)
    uses = (cloud.redis, cloud.database, Heartbeat(sweeps.queue))
    context.scheduled("plan_heartbeat_sweeps", cdk.Duration.minutes(1), *uses)
