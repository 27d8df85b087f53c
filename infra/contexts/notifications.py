"""notifications: telling people what happened."""

from __future__ import annotations

from infra.constructs.consumer import events_of
from infra.constructs.context import Context
from infra.contexts.cloud import Cloud

_TRIP_CHANGES = (
    "TripRequested",
    "TripMatching",
    "DriverAssigned",
    "DriverCancelled",
    "DriverArrived",
    "TripStarted",
    "TripCompleted",
    "TripCancelled",
    "NoDriverFound",
    "TripPaid",
    "TripPaymentFailed",
)
_SCHEDULED_RIDE_CHANGES = ("ScheduledRideHeldUp", "ScheduledRideDispatched", "ScheduledRideMissed")


def declare(context: Context, cloud: Cloud) -> None:
    context.consumer("on_trip_changed", events_of("trips", *_TRIP_CHANGES), cloud.database, cloud.realtime)
    context.consumer("on_scheduled_ride_changed", events_of("trips", *_SCHEDULED_RIDE_CHANGES), cloud.realtime)
