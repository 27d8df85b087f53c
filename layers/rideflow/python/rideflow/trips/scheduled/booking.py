"""A rider schedules a ride, edits it, or cancels it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from rideflow.kernel.changes import until_saved
from rideflow.kernel.clock import Clock
from rideflow.kernel.geo import cell_of
from rideflow.kernel.idempotency import IdempotencyKey
from rideflow.kernel.ids import uuid7
from rideflow.kernel.outbox import Outbox
from rideflow.markets.model import Market, Markets
from rideflow.pricing.model import Quote
from rideflow.trips.errors import ScheduledRideChangedError, ScheduledRideNotFoundError, TripBusyError
from rideflow.trips.model import Actor
from rideflow.trips.requesting import UsableQuotes
from rideflow.trips.scheduled.events import ride_announced
from rideflow.trips.scheduled.model import (
    SCHEDULED,
    RideChange,
    RideOperation,
    ScheduledRide,
    booked,
    does_not_fit,
    ride_changed,
    ride_conflict,
    too_soon,
)
from rideflow.trips.scheduled.views import EditScheduledRide, ScheduledRideView, ScheduleRide

if TYPE_CHECKING:
    from rideflow.trips.scheduled.store import PostgresScheduledRides


class Bookings:
    """The use cases of riders for scheduled rides.

    Bookings and edits of one rider run one after the other, behind the rider's lock, because the rules consider all
    their rides together. The sweeper does not take this lock. A change is stored only if the ride still has the version
    on which it was decided, so a ride is either edited or dispatched.
    """

    def __init__(
        self, store: PostgresScheduledRides, quotes: UsableQuotes, outbox: Outbox, markets: Markets, clock: Clock
    ) -> None:
        self._store = store
        self._quotes = quotes
        self._outbox = outbox
        self._markets = markets
        self._clock = clock

    def book(self, rider_id: UUID, wanted: ScheduleRide, key: IdempotencyKey) -> ScheduledRideView:
        """Schedule the quoted ride at its quoted price. A repeat of the key returns the first response.

        Raises `QuoteNotFoundError`, `QuoteExpiredError`, `MarketWithdrawnError`, `PaymentMethodRequiredError`, and the
        errors of `too_soon` and `does_not_fit`.
        """

        def create() -> ScheduledRideView:
            now = self._clock()
            quote = self._quotes.usable_quote(wanted.quote_id, rider_id, now)
            market = self._markets.named(quote.market)
            ride = _ride(quote, market, wanted.pickup_at, now)
            refused = too_soon(ride.pickup_at, now, market.rules.scheduling)
            if refused is not None:
                raise refused
            change = booked(ride)
            answer, event = ScheduledRideView.model_validate(ride), ride_announced(change)
            with self._outbox.transaction():
                self._store.lock_rider(rider_id)
                self._check(ride, market)
                self._store.add(change, event, key, answer)
                self._outbox.publish([event])
            return answer

        return self._store.once(key, ScheduledRideView, create)

    def edit(self, rider_id: UUID, ride_id: UUID, wanted: EditScheduledRide) -> ScheduledRideView:
        """Change the pickup time, or the quote with its places and product. A repeat succeeds and changes nothing.

        Raises `ScheduledRideNotFoundError`, `ScheduledRideConflictError` if the ride is no longer scheduled,
        `ScheduledRideChangedError` if the app knows an older version, and the errors of `book`.
        """
        now = self._clock()

        def decide(ride: ScheduledRide) -> RideChange | None:
            if ride.state is not SCHEDULED:
                raise ride_conflict(ride, RideOperation.EDIT)
            if wanted.is_done(ride):
                return None
            if ride.version != wanted.version:
                raise ScheduledRideChangedError(
                    "The ride was changed meanwhile; please look at it again.", field="version", version=ride.version
                )
            return self._edited(ride, wanted, now)

        with self._outbox.transaction():
            self._store.lock_rider(rider_id)
            return ScheduledRideView.model_validate(self._change(rider_id, ride_id, decide))

    def cancel(self, rider_id: UUID, ride_id: UUID) -> ScheduledRideView:
        """Cancel the ride, which is free as long as it is scheduled. Later its trip must be cancelled instead.

        Raises `ScheduledRideNotFoundError`, `ScheduledRideConflictError`.
        """
        now = self._clock()

        def decide(ride: ScheduledRide) -> RideChange | None:
            return ride_changed(ride, RideOperation.CANCEL, Actor.RIDER, now, ended_at=now)

        return ScheduledRideView.model_validate(self._change(rider_id, ride_id, decide))

    def _edited(self, ride: ScheduledRide, wanted: EditScheduledRide, now: datetime) -> RideChange | None:
        fields: dict[str, Any] = {"held_up_by": None}
        if wanted.pickup_at is not None and wanted.pickup_at != ride.pickup_at:
            refused = too_soon(wanted.pickup_at, now, self._markets.rules_of(ride.market).scheduling)
            if refused is not None:
                raise refused
            fields["pickup_at"] = wanted.pickup_at
        if wanted.quote_id is not None and wanted.quote_id != ride.quote_id:
            quote = self._quotes.usable_quote(wanted.quote_id, ride.rider_id, now)
            fields |= _quoted(quote, self._markets.named(quote.market))
        change = ride_changed(ride, RideOperation.EDIT, Actor.RIDER, now, **fields)
        if change is not None:
            self._check(change.ride, self._markets.named(change.ride.market))
        return change

    def _check(self, ride: ScheduledRide, market: Market) -> None:
        others = [other for other in self._store.open_of(ride.rider_id) if other.id != ride.id]
        refused = does_not_fit(ride.pickup_at, ride.quoted_at, others, market.rules.scheduling)
        if refused is not None:
            raise refused

    def _change(
        self, rider_id: UUID, ride_id: UUID, decide: Callable[[ScheduledRide], RideChange | None]
    ) -> ScheduledRide:
        """The rider's ride after the change that `decide` returns; unchanged if that is None."""

        def attempt() -> ScheduledRide | None:
            ride = self._store.find(ride_id)
            if ride is None or ride.rider_id != rider_id:
                raise ScheduledRideNotFoundError("There is no such scheduled ride.")
            change = decide(ride)
            if change is None:
                return ride
            event = ride_announced(change)
            if not self._store.save(change, event):
                return None
            self._outbox.publish([event])
            return change.ride

        return until_saved(attempt, lambda: TripBusyError("The ride is being changed by others; please try again."))


def _ride(quote: Quote, market: Market, pickup_at: datetime, now: datetime) -> ScheduledRide:
    return ScheduledRide(
        id=uuid7(), rider_id=quote.rider_id, state=SCHEDULED, version=1, pickup_at=pickup_at, booked_at=now,
        **_quoted(quote, market),
    )  # fmt: skip


def _quoted(quote: Quote, market: Market) -> dict[str, Any]:
    """The fields that a ride takes from its quote, which was made in the market."""
    return {
        "time_zone": market.time_zone,
        "market": quote.market,
        "zone": quote.zone,
        "product": quote.product,
        "needs": quote.needs,
        "pickup_lat": quote.pickup.lat,
        "pickup_lng": quote.pickup.lng,
        "pickup_cell": cell_of(quote.pickup),
        "dropoff_lat": quote.dropoff.lat,
        "dropoff_lng": quote.dropoff.lng,
        "dropoff_cell": cell_of(quote.dropoff),
        "quote_id": quote.id,
        "quoted_at": quote.created_at,
        "quoted_amount_minor": quote.amount_minor,
        "currency": quote.currency,
        "quote_breakdown": quote.breakdown.model_dump(mode="json"),
        "quoted_distance_m": quote.distance_m,
        "quoted_duration_s": quote.duration_s,
    }
