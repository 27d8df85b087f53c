"""operations: what staff do to trips, zones and events, and what they see of them."""

from __future__ import annotations

import aws_cdk as cdk

from infra.capabilities import DispatchQueues
from infra.constructs.context import Context
from infra.contexts.cloud import Cloud


def declare(context: Context, cloud: Cloud) -> None:
    _trips(context, cloud)
    context.rest("GET /v1/zones", "list_zones", cloud.database)
    context.rest("PUT /v1/zones/{zone_id}/strategy", "set_strategy", cloud.database)
    context.rest("GET /v1/zones/{zone_id}/waiting", "list_waiting", cloud.database)
    context.rest("GET /v1/outbox", "list_set_aside", cloud.database)
    context.rest("POST /v1/outbox/{event_id}/redrive", "redrive_event", cloud.database)


def _trips(context: Context, cloud: Cloud) -> None:
    sealing = cloud.person_keys.making()
    context.rest("GET /v1/trips/stuck", "list_stuck_trips", cloud.database, cloud.person_keys)
    for what in ("complete", "cancel", "reassign"):
        path = f"/v1/trips/{{trip_id}}/operator/{what}"
        context.rest(f"POST {path}", f"operator_{what}", cloud.database, cloud.bus.of("trips"), sealing)
    queues = DispatchQueues.named(cdk.Stack.of(context.scope), context.stage)
    offering = (cloud.database, cloud.redis, cloud.bus.of("dispatch"), cloud.realtime, queues, sealing)
    context.rest("POST /v1/trips/{trip_id}/dispatch", "dispatch_trip", *offering)
