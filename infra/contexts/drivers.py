"""drivers: onboarding, vehicles, availability."""

from __future__ import annotations

from infra.constructs.consumer import events_of
from infra.constructs.context import Context
from infra.contexts.cloud import Cloud


def declare(context: Context, cloud: Cloud) -> None:
    changes = (cloud.database, cloud.bus)
    sealing = cloud.person_keys.making()
    context.rest("POST /v1/drivers/me", "register_driver", *changes, sealing)
    context.rest("GET /v1/drivers/me", "get_driver", *changes)
    context.rest("POST /v1/drivers/me/vehicles", "add_vehicle", *changes, sealing)
    context.rest("POST /v1/drivers/me/online", "go_online", *changes)
    context.rest("POST /v1/drivers/me/offline", "go_offline", *changes)
    context.rest("PUT /v1/drivers/me/preferences", "put_preferences", *changes)
    context.rest("PUT /v1/drivers/me/destination", "set_destination", *changes)
    context.rest("GET /v1/drivers/me/destination", "get_destination", *changes)
    context.rest("DELETE /v1/drivers/me/destination", "clear_destination", *changes)
    context.rest("POST /v1/drivers/{driver_id}/verify", "verify_driver", *changes)
    context.consumer("on_driver_heartbeat_lost", events_of("supply", "DriverHeartbeatLost"), *changes)
    reached = events_of("supply", "DriverReachedDestination")
    context.consumer("on_driver_reached_destination", reached, *changes)
    context.consumer("on_trip_rated", events_of("trips", "TripRated"), *changes)
