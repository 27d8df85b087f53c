"""operations: what staff do to trips, zones and events, and what they see of them."""

from __future__ import annotations

import aws_cdk as cdk

from infra.capabilities import Channel, DispatchQueues
from infra.constructs.context import Context
from infra.constructs.function import Limits
from infra.constructs.queue import MANY, ONE_BY_ONE
from infra.contexts.cloud import Cloud

_FRAMES = Limits(memory_mb=512, timeout_s=260, may_recur=True)
"""Most of a second it waits for the next one. It hands over after four minutes (`operations/channel/producer.py`)."""


def declare(context: Context, cloud: Cloud) -> None:
    _trips(context, cloud)
    context.rest("GET /v1/zones", "list_zones", cloud.database)
    context.rest("PUT /v1/zones/{zone_id}/strategy", "set_strategy", cloud.database)
    context.rest("GET /v1/zones/{zone_id}/waiting", "list_waiting", cloud.database)
    context.rest("GET /v1/outbox", "list_set_aside", cloud.database)
    context.rest("POST /v1/outbox/{event_id}/redrive", "redrive_event", cloud.database)
    _channel(context, cloud)


def _trips(context: Context, cloud: Cloud) -> None:
    sealing = cloud.person_keys.making()
    context.rest("GET /v1/trips/stuck", "list_stuck_trips", cloud.database, cloud.person_keys)
    for what in ("complete", "cancel", "reassign"):
        path = f"/v1/trips/{{trip_id}}/operator/{what}"
        context.rest(f"POST {path}", f"operator_{what}", cloud.database, cloud.bus.of("trips"), sealing)
    queues = DispatchQueues.named(cdk.Stack.of(context.scope), context.stage)
    offering = (cloud.database, cloud.redis, cloud.bus.of("dispatch"), cloud.realtime, queues, sealing)
    context.rest("POST /v1/trips/{trip_id}/dispatch", "dispatch_trip", *offering)


def _channel(context: Context, cloud: Cloud) -> None:
    """A message for each market that somebody looks at: each is worked on for as long as a producer lasts."""
    frames = context.queue("frames", limits=_FRAMES)
    channel = Channel(frames.queue)
    context.websocket("market.watch", "watch_market", cloud.redis, channel)
    context.websocket("market.unwatch", "unwatch_market", cloud.redis)
    producing = (cloud.database, cloud.redis, cloud.realtime.posting(), channel)
    context.worker("produce_frames", frames, *producing, limits=_FRAMES, batch=ONE_BY_ONE, concurrency=MANY)
