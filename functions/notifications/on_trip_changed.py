"""Something happened to a trip: its rider and its driver are told.

Needs: database, person_keys, realtime.
Consumes: TripRequested, TripMatching, DriverAssigned, DriverCancelled, DriverArrived, TripStarted, TripCompleted,
    TripCancelled, NoDriverFound, TripPaid, TripPaymentFailed (rideflow.trips).
"""

from __future__ import annotations

from rideflow.kernel.consumer import consumer
from rideflow.notifications.events import TripChanged
from rideflow.notifications.wiring import notifications


def on_trip_changed(event: TripChanged) -> None:
    notifications().notify(event)


app = consumer(on_trip_changed)
