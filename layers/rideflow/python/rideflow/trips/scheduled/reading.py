"""Reading scheduled rides: one of them, or a rider's, page by page."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from rideflow.kernel.access import Caller
from rideflow.trips.errors import ScheduledRideNotFoundError
from rideflow.trips.history import NEWEST, READ_ANY, cursor_of, read_cursor
from rideflow.trips.scheduled.model import RideState
from rideflow.trips.scheduled.views import ScheduledRidePage, ScheduledRideView

if TYPE_CHECKING:
    from rideflow.trips.scheduled.store import PostgresScheduledRides


class ScheduledRides:
    """Reads scheduled rides by key, as `History` reads trips."""

    def __init__(self, store: PostgresScheduledRides) -> None:
        self._store = store

    def ride(self, caller: Caller, ride_id: UUID) -> ScheduledRideView:
        """The ride, where it is the caller's or the caller may read any. Raises `ScheduledRideNotFoundError`."""
        ride = self._store.find(ride_id)
        if ride is None or (ride.rider_id != caller.id and READ_ANY not in caller.permissions):
            raise ScheduledRideNotFoundError("There is no such scheduled ride.")
        return ScheduledRideView.model_validate(ride)

    def page(self, rider_id: UUID, state: RideState | None, limit: int, cursor: str | None) -> ScheduledRidePage:
        """Raises `CursorInvalidError` for a cursor that no page gave."""
        before = NEWEST if cursor is None else read_cursor(cursor)
        found = self._store.page(rider_id, before, state, limit + 1)
        shown = found[:limit]
        return ScheduledRidePage(
            scheduled_rides=tuple(ScheduledRideView.model_validate(ride) for ride in shown),
            next_cursor=cursor_of(shown[-1].id) if len(found) > limit else None,
        )
