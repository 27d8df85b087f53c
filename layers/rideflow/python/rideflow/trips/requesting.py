"""A rider requests a trip."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

from rideflow.kernel.clock import Clock
from rideflow.kernel.geo import cell_of
from rideflow.kernel.idempotency import IdempotencyKey
from rideflow.kernel.ids import uuid7
from rideflow.kernel.model import Request
from rideflow.kernel.outbox import Outbox
from rideflow.pricing.model import Quote
from rideflow.trips.boarding import PIN_DIGITS
from rideflow.trips.events import announced
from rideflow.trips.model import REQUESTED, Trip, requested
from rideflow.trips.views import TripView

if TYPE_CHECKING:
    from rideflow.trips.store import PostgresTrips


class RequestTrip(Request):
    """A rider requests the ride of a quote, with its places, product and price."""

    quote_id: UUID


class UsableQuotes(Protocol):
    """Looks up a quote by which a trip may be requested."""

    def usable_quote(self, quote_id: UUID, rider_id: UUID, now: datetime) -> Quote: ...


def new_pin() -> str:
    """A PIN that nobody can predict."""
    return str(secrets.randbelow(10**PIN_DIGITS)).zfill(PIN_DIGITS)


class TripRequests:
    """Opens trips."""

    def __init__(
        self,
        store: PostgresTrips,
        quotes: UsableQuotes,
        outbox: Outbox,
        clock: Clock,
        make_pin: Callable[[], str] = new_pin,
    ) -> None:
        self._store = store
        self._quotes = quotes
        self._outbox = outbox
        self._clock = clock
        self._make_pin = make_pin

    def request(self, rider_id: UUID, wanted: RequestTrip, key: IdempotencyKey) -> TripView:
        """Open a trip at the quoted price. A repeat of the key returns the first response.

        Raises `QuoteNotFoundError`, `QuoteExpiredError`, `MarketWithdrawnError`, `PaymentMethodRequiredError`,
        `ActiveTripExistsError`.
        """

        def create() -> TripView:
            now = self._clock()
            change = requested(self._trip(self._quotes.usable_quote(wanted.quote_id, rider_id, now), now))
            answer, events = TripView.of(change.trip, rider_id), announced(change)
            self._store.add(change, events, key, answer)
            self._outbox.publish(events)
            return answer

        return self._store.once(key, TripView, create)

    def _trip(self, quote: Quote, now: datetime) -> Trip:
        pickup, dropoff = quote.pickup, quote.dropoff
        return Trip(
            id=uuid7(),
            rider_id=quote.rider_id,
            state=REQUESTED,
            version=1,
            market=quote.market,
            zone=quote.zone,
            product=quote.product,
            needs=quote.needs,
            pickup_lat=pickup.lat,
            pickup_lng=pickup.lng,
            pickup_cell=cell_of(pickup),
            dropoff_lat=dropoff.lat,
            dropoff_lng=dropoff.lng,
            dropoff_cell=cell_of(dropoff),
            quote_id=quote.id,
            quoted_amount_minor=quote.amount_minor,
            currency=quote.currency,
            quote_breakdown=quote.breakdown.model_dump(mode="json"),
            quoted_distance_m=quote.distance_m,
            quoted_duration_s=quote.duration_s,
            cancellation_terms=quote.cancellation_terms,
            pin=self._make_pin(),
            requested_at=now,
        )
