"""Both sides of a ride rate each other: once, within a week."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

from pydantic import Field

from rideflow.kernel.clock import Clock
from rideflow.kernel.idempotency import IdempotencyKey
from rideflow.kernel.model import Request
from rideflow.kernel.outbox import Outbox
from rideflow.kernel.sealing import of_trip
from rideflow.kernel.text import PARAGRAPHS
from rideflow.trips.errors import RatingClosedError, TripNotFoundError
from rideflow.trips.events import TripRated
from rideflow.trips.model import Actor, Trip
from rideflow.trips.views import RatingView

if TYPE_CHECKING:
    from rideflow.kernel.sealing import Seals
    from rideflow.trips.store import PostgresTrips

RATED_WITHIN = timedelta(days=7)


class RateTrip(Request):
    """What the caller thinks of the other side."""

    stars: Annotated[int, Field(ge=1, le=5)]
    comment: Annotated[str, Field(max_length=500), PARAGRAPHS] | None = None


class Ratings:
    """Takes ratings of completed rides."""

    def __init__(self, store: PostgresTrips, outbox: Outbox, clock: Clock, seals: Callable[[], Seals]) -> None:
        """`seals` are built if there is a comment."""
        self._store = store
        self._outbox = outbox
        self._clock = clock
        self._seals = seals

    def rate(self, person_id: UUID, trip_id: UUID, rating: RateTrip, key: IdempotencyKey) -> RatingView:
        """Store the rating; a repeat of the key gets the first response. The comment is sealed for its author.

        Raises `TripNotFoundError`, `RatingClosedError`, `AlreadyRatedError`, `PersonKeysUnavailableError`.
        """

        def create() -> RatingView:
            rated = self._rated(person_id, trip_id, rating)
            comment = self._sealed(rating.comment, person_id, trip_id)
            answer = RatingView(
                trip_id=trip_id, rater=rated.rater, stars=rating.stars, comment=comment, rated_at=rated.at
            )
            self._store.rate(rated, comment, person_id, key, answer)
            self._outbox.publish([rated])
            return answer

        return self._opened(self._store.once(key, RatingView, create))

    def _sealed(self, comment: str | None, author: UUID, trip_id: UUID) -> str | None:
        return comment and self._seals().seal_text(comment, [author], of_trip(trip_id, "rating_comment"))

    def _opened(self, rating: RatingView) -> RatingView:
        """The stored rating with its comment as it was written."""
        if not rating.comment:
            return rating
        comment = self._seals().shown(rating.comment, of_trip(rating.trip_id, "rating_comment"))
        return rating.model_copy(update={"comment": comment})

    def _rated(self, person_id: UUID, trip_id: UUID, rating: RateTrip) -> TripRated:
        trip, now = self._store.find(trip_id), self._clock()
        if trip is None or trip.driver_id is None or person_id not in {trip.rider_id, trip.driver_id}:
            raise TripNotFoundError("There is no such trip.")
        if trip.completed_at is None:
            raise RatingClosedError("A trip can be rated once it is completed.", state=trip.state)
        if now - trip.completed_at > RATED_WITHIN:
            raise RatingClosedError(f"A trip can be rated for {RATED_WITHIN.days} days.", state=trip.state)
        rater, ratee_id = _sides(trip, person_id)
        return TripRated.of(trip, now, rater=rater, ratee_id=ratee_id, stars=rating.stars)


def _sides(trip: Trip, person_id: UUID) -> tuple[Actor, UUID | None]:
    return (Actor.RIDER, trip.driver_id) if person_id == trip.rider_id else (Actor.DRIVER, trip.rider_id)
