"""trips: a trip's life from request to rating."""

from __future__ import annotations

from infra.constructs.context import Context
from infra.contexts.cloud import Cloud


def declare(context: Context, cloud: Cloud) -> None:
    changes = (cloud.database, cloud.bus)
    context.rest("POST /v1/trips", "request_trip", *changes, creates=True, body=True)
    context.rest("GET /v1/trips", "list_trips", cloud.database)
    context.rest("GET /v1/trips/{trip_id}", "get_trip", cloud.database)
    context.rest("POST /v1/trips/{trip_id}/cancel", "cancel_trip", *changes)
    context.rest("POST /v1/trips/{trip_id}/arrive", "arrive_at_pickup", *changes)
    context.rest("POST /v1/trips/{trip_id}/start", "start_trip", *changes, body=True)
    context.rest("POST /v1/trips/{trip_id}/complete", "complete_trip", *changes)
    context.rest("POST /v1/trips/{trip_id}/ratings", "rate_trip", *changes, creates=True, body=True)
