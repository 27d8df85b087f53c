"""notifications: messages to people about their trips."""

from __future__ import annotations

from infra.constructs.consumer import events_of
from infra.constructs.context import AWAITED, Context
from infra.constructs.queue import MANY
from infra.contexts.cloud import Cloud
from rideflow.notifications.matrix import SCHEDULED_RIDE_EVENTS, TRIP_EVENTS


def declare(context: Context, cloud: Cloud) -> None:
    told = (cloud.database, cloud.person_keys, cloud.realtime)
    context.consumer("on_trip_changed", events_of("trips", *TRIP_EVENTS), *told, limits=AWAITED, concurrency=MANY)
    context.consumer("on_scheduled_ride_changed", events_of("trips", *SCHEDULED_RIDE_EVENTS), cloud.realtime)
