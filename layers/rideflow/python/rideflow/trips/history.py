"""Reading trips: a single trip, or a person's trips page by page, newest first."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import TYPE_CHECKING, Any
from uuid import UUID

from rideflow.kernel.access import Caller
from rideflow.kernel.clock import Clock
from rideflow.kernel.fault_isolation import readable
from rideflow.kernel.model import stored
from rideflow.kernel.paging import cursor_of, read_cursor
from rideflow.trips.errors import TripNotFoundError
from rideflow.trips.model import REQUESTED, Trip
from rideflow.trips.views import PaymentAction, TripPage, TripView

if TYPE_CHECKING:
    from rideflow.kernel.sealing import Seals
    from rideflow.trips.store import PostgresTrips

READ_ANY = "trip:read:any"
NEWEST = UUID(int=2**128 - 1)


class History:
    """Reads trips by key, not by offset: a far page costs no more than a near one, and new trips shift nothing."""

    def __init__(self, store: PostgresTrips, seals: Seals, clock: Clock) -> None:
        self._store = store
        self._seals = seals
        self._clock = clock

    def trip(self, caller: Caller, trip_id: UUID) -> TripView:
        """The trip, if the caller takes part in it or may read any trip.

        Raises `TripNotFoundError`, also for a trip that the caller may not read.
        """
        trip = self._store.find(trip_id)
        if trip is None or (caller.id not in {trip.rider_id, trip.driver_id} and READ_ANY not in caller.permissions):
            raise TripNotFoundError("There is no such trip.")
        return TripView.of(trip, caller.id, self._seals, self._payment_action(trip, caller.id))

    def _payment_action(self, trip: Trip, viewer_id: UUID) -> PaymentAction | None:
        """What the rider, and nobody else, is to confirm with their bank; only a requested trip waits for it."""
        if trip.state is not REQUESTED or viewer_id != trip.rider_id:
            return None
        row = self._store.payment_action(trip.id, viewer_id, self._clock())
        return None if row is None else stored(PaymentAction, row)

    def page(self, person_id: UUID, limit: int, cursor: str | None) -> TripPage:
        """A page of the person's trips. Raises `CursorInvalidError` for a cursor that is not of a page."""
        before = NEWEST if cursor is None else read_cursor(cursor)
        rows = self._store.page(person_id, before, limit + 1)
        self._seals.fetch_keys(row["cancel_reason"] for row in rows)
        trips, next_cursor = read_page(
            rows, limit, lambda row: TripView.of(stored(Trip, row), person_id, self._seals), "trip"
        )
        return TripPage(trips=trips, next_cursor=next_cursor)


def read_page[T](
    rows: Sequence[Mapping[str, Any]], limit: int, read: Callable[[Mapping[str, Any]], T], what: str
) -> tuple[tuple[T, ...], str | None]:
    """The first `limit` rows as `read` converts them, and the cursor of the next page, if there are more rows.

    A row that cannot be read is left out. The rest of the page and the next pages are not affected. `what` names the
    rows in the log.
    """
    shown = readable(rows[:limit], read, what, itemgetter("id"))
    return tuple(shown), cursor_of(rows[limit - 1]["id"]) if len(rows) > limit else None
