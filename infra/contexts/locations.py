"""locations: live tracking and driven paths."""

from __future__ import annotations

from infra.constructs.consumer import events_of
from infra.constructs.context import Context
from infra.constructs.function import Limits
from infra.contexts.cloud import Cloud

_LONG_PATH = Limits(memory_mb=1769, timeout_s=10)
"""The longest path that is kept, of 20,000 positions, takes a second of a whole core (ADR 138)."""


def declare(context: Context, cloud: Cloud) -> None:
    tracking = (cloud.redis, cloud.database, cloud.realtime, cloud.supply)
    context.websocket("location", "record_position", *tracking)
    context.rest("POST /v1/locations", "record_positions", *tracking)
    stale = events_of("supply", "DriverPositionStale")
    context.consumer("on_driver_position_stale", stale, cloud.redis, cloud.realtime)
    sealing = cloud.person_keys.making()
    context.function(
        "measure_path",
        cloud.redis,
        cloud.database,
        cloud.supply,
        cloud.locations.archiving(),
        sealing,
        limits=_LONG_PATH,
    )
