"""trips: a trip's life from request to rating, and rides that are booked ahead."""

from __future__ import annotations

from collections.abc import Sequence

import aws_cdk as cdk

from infra.constructs.context import Context
from infra.constructs.function import Capability, Limits
from infra.contexts.cloud import Cloud

_SWEEP = Limits(timeout_s=50)
"""Many rides are booked for the same full hour, and many drivers' positions are read; the next run comes after a
minute."""


def declare(context: Context, cloud: Cloud) -> None:
    changes = (cloud.database, cloud.bus)
    judged = (*changes, cloud.redis)  # these read the positions of drivers
    sealing = cloud.person_keys.making()
    context.rest("POST /v1/trips", "request_trip", *changes)
    context.rest("GET /v1/trips", "list_trips", cloud.database, cloud.person_keys)
    context.rest("GET /v1/trips/{trip_id}", "get_trip", cloud.database, cloud.person_keys)
    context.rest("POST /v1/trips/{trip_id}/cancel", "cancel_trip", *judged, sealing)
    context.rest("POST /v1/trips/{trip_id}/arrive", "arrive_at_pickup", *judged)
    context.rest("POST /v1/trips/{trip_id}/start", "start_trip", *changes)
    context.rest("POST /v1/trips/{trip_id}/complete", "complete_trip", *changes)
    context.rest("POST /v1/trips/{trip_id}/ratings", "rate_trip", *changes, sealing)
    context.scheduled("sweep_stalled_trips", cdk.Duration.minutes(1), *changes)
    context.scheduled("sweep_silent_trips", cdk.Duration.minutes(1), *judged, limits=_SWEEP)
    _scheduled_rides(context, cloud, changes)


def _scheduled_rides(context: Context, cloud: Cloud, changes: Sequence[Capability]) -> None:
    one = "/v1/scheduled-rides/{scheduled_ride_id}"
    context.rest("POST /v1/scheduled-rides", "schedule_ride", *changes)
    context.rest("GET /v1/scheduled-rides", "list_scheduled_rides", cloud.database)
    context.rest(f"GET {one}", "get_scheduled_ride", cloud.database)
    context.rest(f"PATCH {one}", "edit_scheduled_ride", *changes)
    context.rest(f"POST {one}/cancel", "cancel_scheduled_ride", *changes)
    context.scheduled("sweep_scheduled_rides", cdk.Duration.minutes(1), *changes, limits=_SWEEP)
