"""locations: positions, live tracking, silent drivers, driven paths."""

from __future__ import annotations

import aws_cdk as cdk

from infra.capabilities import Heartbeat
from infra.constructs.consumer import events_of
from infra.constructs.context import Context
from infra.constructs.queue import ONE_BY_ONE
from infra.contexts.cloud import Cloud


def declare(context: Context, cloud: Cloud) -> None:
    live = (cloud.redis, cloud.database, cloud.realtime, cloud.locations)
    context.websocket("location", "record_position", *live)
    context.rest("POST /v1/locations", "record_positions", *live)
    context.rest("GET /v1/locations/nearby", "nearby", *live)
    context.rest("GET /v1/locations/queue", "place_in_queue", *live)
    context.consumer("on_driver_availability", events_of("drivers", "DriverWentOnline", "DriverWentOffline"), *live)
    context.consumer("on_driver_traits", events_of("drivers", "DriverTraitsChanged"), *live)
    context.consumer("on_trip_changed", events_of("trips", *_DRIVERS_TRIP), *live)
    context.function("measure_path", cloud.redis, cloud.database, cloud.locations.archiving())
    _heartbeats(context, cloud)


_DRIVERS_TRIP = (
    "DriverAssigned",
    "DriverArrived",
    "TripStarted",
    "TripCompleted",
    "TripCancelled",
    "DriverCancelled",
)


def _heartbeats(context: Context, cloud: Cloud) -> None:
    """A schedule starts once a minute at most; each start spreads delayed messages over its minute."""
    sweeps = context.queue("heartbeat")
    uses = (cloud.redis, cloud.bus, cloud.realtime, cloud.locations)
    context.worker("sweep_heartbeats", sweeps, *uses, batch=ONE_BY_ONE)
    context.scheduled(
        "plan_heartbeat_sweeps",
        cdk.Duration.minutes(1),
        cloud.redis,
        cloud.database,
        cloud.locations,
        Heartbeat(sweeps.queue),
    )
