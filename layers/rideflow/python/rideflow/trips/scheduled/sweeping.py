"""The sweep of each minute, which turns due rides into trips."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal, Protocol
from uuid import UUID

from rideflow.kernel.clock import Clock
from rideflow.kernel.events import DomainEvent
from rideflow.kernel.fault_isolation import isolated
from rideflow.kernel.ids import uuid7
from rideflow.kernel.observability import count
from rideflow.kernel.outbox import Outbox
from rideflow.markets.model import Markets
from rideflow.markets.rules import SchedulingRules
from rideflow.pricing.model import Quote
from rideflow.trips.events import announced
from rideflow.trips.model import REQUESTED, Actor, Trip, requested
from rideflow.trips.requesting import new_pin
from rideflow.trips.scheduled.events import ride_announced
from rideflow.trips.scheduled.lead import horizon, is_missed, waits_until
from rideflow.trips.scheduled.model import HeldUp, RideOperation, ScheduledRide, ride_changed

if TYPE_CHECKING:
    from rideflow.trips.scheduled.store import Attempt, PostgresScheduledRides

PICKUPS_SINCE = timedelta(hours=2)
"""Older pickups show little about the present traffic and drivers."""

_LIMIT = 1000
"""The most rides in one run. The next run comes in a minute."""


class GivenQuotes(Protocol):
    """Reads the quotes by which rides were booked."""

    def given_quote(self, quote_id: UUID) -> Quote: ...


def first_due_at(store: PostgresScheduledRides, markets: Markets) -> datetime | None:
    """From when on a ride may be due: the longest lead before the next pickup."""
    pickup_at = store.next_pickup()
    return None if pickup_at is None else pickup_at - _longest_lead(markets)


class DueRides:
    """Turns scheduled rides into trips. Runs may overlap and may die anywhere, because each ride is one statement.

    | the ride is due, and its rider                     | then                                              |
    |----------------------------------------------------|---------------------------------------------------|
    | has waited for `rider_waits_s`                     | missed                                            |
    | has a card and is on no trip                       | dispatched: a trip that needs a driver            |
    | is on a trip                                       | held up by `active_trip`, tried again each minute |
    | no longer has a card                               | held up by `payment_method`, tried again          |
    | booked it in a zone that is no longer deployed     | held up by `market_withdrawn`, tried again        |
    | cancelled or edited it at the same time            | nothing; the next run sees the change             |
    """

    def __init__(
        self,
        store: PostgresScheduledRides,
        quotes: GivenQuotes,
        outbox: Outbox,
        markets: Markets,
        clock: Clock,
        *,
        make_pin: Callable[[], str] = new_pin,
    ) -> None:
        self._store = store
        self._quotes = quotes
        self._outbox = outbox
        self._markets = markets
        self._clock = clock
        self._make_pin = make_pin

    def sweep(self) -> dict[str, int]:
        """Do what is due. Returns how often there was each outcome."""
        now, done, events = self._clock(), Counter[str](), list[DomainEvent]()
        try:
            for ride in self._due(now):
                outcome = "failed"
                with isolated("scheduled_ride", ride.id):
                    outcome = self._dispatch_or_miss(ride, now, events)
                count("ScheduledRideDue", outcome=outcome)
                done[outcome] += 1
        finally:
            self._outbox.publish(events)
        return dict(done)

    def _due(self, now: datetime) -> list[ScheduledRide]:
        recent = self._store.recent_pickups(now + _longest_lead(self._markets), now - PICKUPS_SINCE)
        horizons = [horizon(each, now, self._rules(each.market)) for each in recent]
        return self._store.due(horizons, _LIMIT) if horizons else []

    def _rules(self, market_id: str) -> SchedulingRules:
        return self._markets.rules_of(market_id).scheduling

    def _dispatch_or_miss(self, ride: ScheduledRide, now: datetime, events: list[DomainEvent]) -> str:
        rules = self._rules(ride.market)
        if is_missed(ride, now, rules):
            return self._saved(ride, RideOperation.MISS, ride.held_up_by or "late", now, events, ended_at=now)
        attempt: Attempt | Literal["market_withdrawn"] = "market_withdrawn"
        if self._markets.find_zone(ride.zone) is not None:
            attempt = self._dispatched(ride, now, events, waits_until(ride, rules))
        match attempt:
            case "active_trip" | "payment_method" | "market_withdrawn" if attempt != ride.held_up_by:
                return self._saved(ride, RideOperation.HOLD_UP, attempt, now, events)
            case _:
                return attempt

    def _dispatched(self, ride: ScheduledRide, now: datetime, events: list[DomainEvent], until: datetime) -> Attempt:
        trip = _trip(ride, self._quotes.given_quote(ride.quote_id), self._make_pin(), now, until)
        change = ride_changed(
            ride, RideOperation.DISPATCH, Actor.SYSTEM, now, held_up_by=None, trip_id=trip.id, ended_at=now
        )
        if change is None:
            return "dispatched"
        request = requested(trip, Actor.SYSTEM)
        told: list[DomainEvent] = [*announced(request), ride_announced(change)]
        attempt = self._store.dispatch(change, request, told)
        if attempt == "dispatched":
            events += told
        return attempt

    def _saved(
        self,
        ride: ScheduledRide,
        operation: RideOperation,
        held_up_by: HeldUp,
        now: datetime,
        events: list[DomainEvent],
        **fields: datetime,
    ) -> str:
        change = ride_changed(ride, operation, Actor.SYSTEM, now, held_up_by=held_up_by, **fields)
        if change is None:
            return "changed"
        event = ride_announced(change)
        if not self._store.save(change, event):
            return "changed"
        events.append(event)
        return "missed" if operation is RideOperation.MISS else held_up_by


def _longest_lead(markets: Markets) -> timedelta:
    return max(market.rules.scheduling.longest_lead for market in markets.all)


def _trip(ride: ScheduledRide, quote: Quote, pin: str, now: datetime, until: datetime) -> Trip:
    """The trip that the ride becomes. Its rider waits until `until`."""
    return Trip(
        **{name: getattr(quote, name) for name in _OF_THE_QUOTE},
        **ride.model_dump(include=_OF_THE_RIDE),
        id=uuid7(),
        state=REQUESTED,
        version=1,
        pin=pin,
        requested_at=now,
        scheduled_ride_id=ride.id,
        scheduled_for=ride.pickup_at,
        waits_until=until,
    )


_OF_THE_RIDE = (ScheduledRide.model_fields.keys() & Trip.model_fields.keys()) - {"id", "state", "version", "ended_at"}
"""The fields that a trip takes from its ride: the rider, the places, the product and the price."""

_OF_THE_QUOTE = (Quote.model_fields.keys() & Trip.model_fields.keys()) - _OF_THE_RIDE - {"id"}
"""The fields that a trip takes from the quote: everything else that the rider was promised."""
