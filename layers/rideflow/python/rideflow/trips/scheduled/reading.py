"""Reading scheduled rides: a single ride, or a rider's rides page by page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

from rideflow.kernel.access import Caller
from rideflow.kernel.model import stored
from rideflow.kernel.paging import read_cursor
from rideflow.trips.errors import ScheduledRideNotFoundError
from rideflow.trips.history import NEWEST, READ_ANY, read_page
from rideflow.trips.scheduled.model import RideState, ScheduledRide
from rideflow.trips.scheduled.views import ScheduledRidePage, ScheduledRideView

if TYPE_CHECKING:
    from rideflow.trips.scheduled.store import PostgresScheduledRides


class ScheduledRides:
    """Reads scheduled rides by key, as `History` reads trips."""

    def __init__(self, store: PostgresScheduledRides) -> None:
        self._store = store

    def ride(self, caller: Caller, ride_id: UUID) -> ScheduledRideView:
        """The ride, if it is the caller's or the caller may read any. Raises `ScheduledRideNotFoundError`."""
        ride = self._store.find(ride_id)
        if ride is None or (ride.rider_id != caller.id and READ_ANY not in caller.permissions):
            raise ScheduledRideNotFoundError("There is no such scheduled ride.")
        return ScheduledRideView.model_validate(ride)

    def page(self, rider_id: UUID, state: RideState | None, limit: int, cursor: str | None) -> ScheduledRidePage:
        """A page of the rider's rides. Raises `CursorInvalidError` for a cursor that is not of a page."""
        before = NEWEST if cursor is None else read_cursor(cursor)
        rows = self._store.page(rider_id, before, state, limit + 1)
        rides, next_cursor = read_page(rows, limit, _shown, "scheduled_ride")
        return ScheduledRidePage(scheduled_rides=rides, next_cursor=next_cursor)


def _shown(row: Mapping[str, Any]) -> ScheduledRideView:
    return ScheduledRideView.model_validate(stored(ScheduledRide, row))
