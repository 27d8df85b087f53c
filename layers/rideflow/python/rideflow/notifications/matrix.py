"""The matrix of notifications: for each event its recipients, and their channels.

| event                                               | rider  | driver |
|-----------------------------------------------------|--------|--------|
| every change of a trip                              | in-app | in-app |
| a scheduled ride is held up, dispatched or missed   | in-app |        |

Events that are not listed here notify nobody, and the consumers' rules do not subscribe to them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from rideflow.notifications.audience import Part

type ChannelName = Literal["in_app"]
type Row = Mapping[Part, tuple[ChannelName, ...]]

_BOTH: Row = {"rider": ("in_app",), "driver": ("in_app",)}
_RIDER: Row = {"rider": ("in_app",)}

TRIP_EVENTS: Mapping[str, Row] = {
    "TripRequested": _BOTH,
    "TripMatching": _BOTH,
    "DriverAssigned": _BOTH,
    "DriverCancelled": _BOTH,
    "DriverArrived": _BOTH,
    "TripStarted": _BOTH,
    "TripCompleted": _BOTH,
    "TripCancelled": _BOTH,
    "NoDriverFound": _BOTH,
    "TripPaid": _BOTH,
    "TripPaymentFailed": _BOTH,
}
SCHEDULED_RIDE_EVENTS: Mapping[str, Row] = {
    "ScheduledRideHeldUp": _RIDER,
    "ScheduledRideDispatched": _RIDER,
    "ScheduledRideMissed": _RIDER,
}


def channels_for(event_type: str, part: Part) -> tuple[ChannelName, ...]:
    """The channels by which a person with this part is notified of the event."""
    row = TRIP_EVENTS.get(event_type) or SCHEDULED_RIDE_EVENTS.get(event_type) or {}
    return row.get(part, ())
