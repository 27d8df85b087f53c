"""A person gives a trip up, and may say why; the reason is sealed for its author."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from rideflow.kernel.observability import count
from rideflow.kernel.person_keys import PersonErasedError, PersonKeysUnavailableError
from rideflow.kernel.sealing import SealedText, of_trip
from rideflow.trips.views import TripView

if TYPE_CHECKING:
    from rideflow.kernel.sealing import Seals
    from rideflow.trips.service import Trips


class Cancellations:
    """Cancellations by riders, and trips that drivers hand back."""

    def __init__(self, trips: Trips, seals: Seals) -> None:
        self._trips = trips
        self._seals = seals

    def cancel(self, person_id: UUID, trip_id: UUID, reason: str | None) -> TripView:
        """The trip as it is then. Raises what `Trips.cancel` says."""
        sealed = None if reason is None else self._sealed(reason, person_id, trip_id)
        return TripView.of(self._trips.cancel(person_id, trip_id, sealed), person_id, self._seals)

    def _sealed(self, reason: str, author: UUID, trip_id: UUID) -> SealedText | None:
        """None if it cannot be sealed: a trip must be given up even then, and what is lost is counted."""
        try:
            return self._seals.seal_text(reason, [author], of_trip(trip_id, "cancel_reason"))
        except (PersonKeysUnavailableError, PersonErasedError):
            count("CancelReasonDropped")
            return None
