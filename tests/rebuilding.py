"""Trips and scheduled rides, and what their logs tell of them."""

from collections.abc import Iterable
from typing import Any

from rideflow.kernel.model import stored
from rideflow.trips.model import Trip
from rideflow.trips.scheduled.model import RideLogEntry, ScheduledRide


def as_logged(trip: Trip) -> Trip:
    """The trip as its log can tell of it: of the vehicle it has the id alone."""
    return trip.model_copy(update={"vehicle": None})


def ride_rebuilt(entries: Iterable[RideLogEntry]) -> ScheduledRide:
    """The ride that the log tells of; the entries are all of one ride, from the first, in order of `seq`."""
    fields: dict[str, Any] = {}
    for entry in entries:
        fields |= {**entry.data, "id": entry.scheduled_ride_id, "version": entry.seq}
    return stored(ScheduledRide, fields)
