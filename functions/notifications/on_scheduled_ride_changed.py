"""A scheduled ride became a trip, cannot yet, or was missed: its rider is told.

Needs: realtime.
Consumes: ScheduledRideHeldUp, ScheduledRideDispatched, ScheduledRideMissed (rideflow.trips).
"""

from __future__ import annotations

from rideflow.kernel.consumer import consumer
from rideflow.notifications.events import ScheduledRideChanged
from rideflow.notifications.wiring import notifications


def on_scheduled_ride_changed(event: ScheduledRideChanged) -> None:
    notifications().notify(event)


app = consumer(on_scheduled_ride_changed)
