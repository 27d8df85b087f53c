"""What can be done to a trip that is there: by its people, and by the sagas."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from rideflow.kernel.changes import until_saved
from rideflow.kernel.clock import Clock
from rideflow.kernel.errors import DomainError
from rideflow.kernel.geo import Fix, Sightings
from rideflow.kernel.observability import count
from rideflow.kernel.outbox import Outbox
from rideflow.kernel.sealing import SealedText
from rideflow.markets.model import Markets
from rideflow.markets.rules import ArrivalRules, CancellationRules, Rules
from rideflow.pricing.model import FareBreakdown, Route
from rideflow.trips import arriving, boarding, cancellation
from rideflow.trips.approach import Approach, Judgement, is_late, judged
from rideflow.trips.errors import TripBusyError, TripConflictError, TripNotFoundError
from rideflow.trips.events import announced
from rideflow.trips.evidence import NOTHING_SEEN, DriverSightings, NoSightings, Seen, fixes_about, seen_at
from rideflow.trips.late import by_our_clock, happened, told_late
from rideflow.trips.model import (
    DRIVER_ARRIVED,
    HANDED_BACK,
    Actor,
    Change,
    LogEntry,
    Operation,
    Trip,
    changed,
    rebuilt,
)
from rideflow.trips.settlement import settled

if TYPE_CHECKING:
    from rideflow.trips.cancellation import PaymentRejection
    from rideflow.trips.store import PostgresTrips

_NOT_ASKED = timedelta(0)
"""The error of the clock of a phone whose positions are not looked at: only its arrival is judged by them."""


class Trips:
    """Trips, changed one change at a time.

    Each method reads the trip, decides, and stores the change where the trip is still as it was read; otherwise it
    starts again. Repeating what is done changes nothing and succeeds; what the trip's state does not allow raises
    `TripConflictError`, a trip that is not there `TripNotFoundError`.
    """

    def __init__(
        self,
        store: PostgresTrips,
        outbox: Outbox,
        markets: Markets,
        clock: Clock,
        driver_sightings: Callable[[], DriverSightings] = NoSightings,
    ) -> None:
        """`driver_sightings` is built when it is first read: most changes need no positions."""
        self._store = store
        self._outbox = outbox
        self._markets = markets
        self._clock = clock
        self._driver_sightings = driver_sightings

    def get(self, trip_id: UUID) -> Trip:
        """Raises `TripNotFoundError`."""
        trip = self._store.find(trip_id)
        if trip is None:
            raise _not_found()
        return trip

    def arrive(
        self, driver_id: UUID, trip_id: UUID, happened_at: datetime | None = None, sent_at: datetime | None = None
    ) -> Trip:
        """The driver is at the pickup: see `arriving`.

        Raises `NotAtPickupError`, `PositionUnknownError`, `ImplausibleTimeError`.
        """

        def arrived(trip: Trip, now: datetime) -> Change | None:
            rules, seen = self._rules(trip).arrival, self.sightings(trip)
            told = by_our_clock(happened_at, sent_at, now, seen.clock_slow)
            at = happened(told, now, trip.assigned_at, rules)
            return arriving.arrived(trip, self._fixes(seen, at, rules), at, now, rules)

        return self._drive(driver_id, trip_id, Operation.ARRIVE, arrived)

    def start(
        self,
        driver_id: UUID,
        trip_id: UUID,
        pin: str,
        happened_at: datetime | None = None,
        sent_at: datetime | None = None,
    ) -> Trip:
        """The rider is on board.

        Raises `WrongPinError` (the attempt is counted), `PinLockedError`, `ImplausibleTimeError`.
        """

        def started(trip: Trip, now: datetime) -> Change | None:
            told = by_our_clock(happened_at, sent_at, now, _NOT_ASKED)
            at = happened(told, now, trip.arrived_at, self._rules(trip).arrival)
            return boarding.started(trip, driver_id, pin, now, at)

        trip = self._drive(driver_id, trip_id, Operation.START, started)
        if trip.state is DRIVER_ARRIVED:
            raise boarding.wrong_pin(trip)
        return trip

    def complete(
        self, driver_id: UUID, trip_id: UUID, happened_at: datetime | None = None, sent_at: datetime | None = None
    ) -> Trip:
        """The rider is where they wanted to go. Raises `ImplausibleTimeError`."""

        def completed(trip: Trip, now: datetime) -> Change | None:
            told = by_our_clock(happened_at, sent_at, now, _NOT_ASKED)
            at = happened(told, now, trip.started_at, self._rules(trip).arrival)
            return changed(
                trip, Operation.COMPLETE, Actor.DRIVER, at, actor_id=driver_id, told=told_late(at, now),
                completed_at=at, ended_at=now,
            )  # fmt: skip

        return self._drive(driver_id, trip_id, Operation.COMPLETE, completed)

    def cancel(self, person_id: UUID, trip_id: UUID, reason: SealedText | None) -> Trip:
        """The rider gives the trip up, or its driver hands it back: see `cancellation`."""
        at = self._clock()

        def decide(trip: Trip) -> Change | None:
            rules = self.cancellation_rules(trip)
            if person_id == trip.rider_id:
                return cancellation.cancelled_by_rider(trip, reason, at, rules, self._judged(trip, at, rules))
            seen = self._seen_at_pickup(_driven_by(person_id, trip), at, rules)
            return cancellation.cancelled_by_driver(trip, person_id, reason, at, rules, seen=seen)

        try:
            return self.change(trip_id, decide)
        except TripNotFoundError:
            return self._handed_back(person_id, trip_id)

    def cancellation_rules(self, trip: Trip) -> CancellationRules:
        """The rules as they were promised with the price. In a market that is not deployed any more nobody pays."""
        if trip.cancellation_terms is None or not self._markets.zone_ids_of(trip.market):
            return self._rules(trip).cancellation
        return trip.cancellation_terms

    def begin_matching(self, trip_id: UUID) -> Trip:
        """The money is held."""
        at = self._clock()
        return self.change(
            trip_id, lambda trip: changed(trip, Operation.BEGIN_MATCHING, Actor.SYSTEM, at, matching_at=at)
        )

    def reject_payment(self, trip_id: UUID, reason: PaymentRejection) -> Trip:
        """The fare could not be held: the trip is cancelled by us, and its rider is told the reason."""
        at = self._clock()
        return self.change(trip_id, lambda trip: cancellation.rejected_for_payment(trip, reason, at))

    def give_up(self, trip_id: UUID) -> Trip:
        """Nobody took the trip in time. Raises `TripConflictError` where somebody has at the last moment."""
        at = self._clock()
        return self.change(trip_id, lambda trip: changed(trip, Operation.GIVE_UP, Actor.SYSTEM, at, ended_at=at))

    def cancel_overdue(self, trip_id: UUID) -> Trip:
        """No saga brought the trip to matching in time: it is cancelled by us."""
        at = self._clock()
        return self.change(trip_id, lambda trip: cancellation.cancelled_by_platform(trip, cancellation.NOT_MATCHED, at))

    def settled(self, trip_id: UUID, breakdown: FareBreakdown | None = None, driven: Route | None = None) -> Trip:
        """The money of an ended trip is where it belongs: captured for a ride or a fee, or released.

        A ride becomes `paid`. A trip without one keeps its state and is noted as settled, so that the sweeper does not
        start its settlement again.
        """
        at = self._clock()
        return self.change(trip_id, lambda trip: settled(trip, breakdown, driven, at))

    def payment_failed(self, trip_id: UUID) -> Trip:
        """The fare could not be captured."""
        at = self._clock()
        return self.change(trip_id, lambda trip: changed(trip, Operation.FAIL_PAYMENT, Actor.SYSTEM, at))

    def log(self, trip_id: UUID) -> list[LogEntry]:
        """Every change of the trip, in order: `model.rebuilt` makes the trip of it."""
        return self._store.log(trip_id)

    def change(self, trip_id: UUID, decide: Callable[[Trip], Change | None]) -> Trip:
        """The trip after what `decide` makes of it; unchanged where that is None."""

        def attempt() -> Trip | None:
            trip = self.get(trip_id)
            change = decide(trip)
            if change is None:
                return trip
            events = announced(change)
            if not self._store.save(change, events):
                return None
            self._outbox.publish(events)
            return change.trip

        return until_saved(attempt, lambda: TripBusyError("The trip is being changed by others; please try again."))

    def _drive(
        self, driver_id: UUID, trip_id: UUID, operation: Operation, do: Callable[[Trip, datetime], Change | None]
    ) -> Trip:
        """What only the trip's driver does. A repeat succeeds, whatever it says of when it happened."""
        now = self._clock()

        def decide(trip: Trip) -> Change | None:
            trip = _driven_by(driver_id, trip)
            return None if changed(trip, operation, Actor.DRIVER, now) is None else do(trip, now)

        try:
            return self.change(trip_id, decide)
        except TripNotFoundError:
            raise self._taken_away(driver_id, trip_id, operation) from None

    def sightings(self, trip: Trip) -> Sightings:
        """Where the trip's driver was, as far as the zones of its market answer; a withdrawn market has none."""
        zone_ids = self._markets.zone_ids_of(trip.market)
        if trip.driver_id is None or not zone_ids:
            return NOTHING_SEEN
        return self._driver_sightings().sightings(trip.driver_id, trip.id, zone_ids)

    def _rules(self, trip: Trip) -> Rules:
        return self._markets.rules_of(trip.market)

    def _fixes(self, seen: Sightings, moment: datetime, rules: ArrivalRules) -> Sequence[Fix] | None:
        """Where the driver was about the moment; None if it cannot be told."""
        fixes = fixes_about(seen, moment, rules)
        if fixes is None:
            count("DriverPositionsUnread")
        return fixes

    def _seen_at_pickup(self, trip: Trip, at: datetime, rules: CancellationRules) -> Seen | None:
        """The driver's distance from the pickup, if they may report a no-show now.

        None if they may not, and if the distance is not known.
        """
        if not cancellation.no_show_is_due(trip, at, rules):
            return None
        near = self._rules(trip).arrival
        return seen_at(self._fixes(self.sightings(trip), at, near) or (), at, trip.pickup, near)

    def _judged(self, trip: Trip, at: datetime, rules: CancellationRules) -> Judgement:
        """The verdict on a rider's cancellation. Only a late one needs to know where the driver is."""
        known, near, came = Approach(), self._rules(trip).arrival, self._rules(trip).approach
        if trip.is_active and trip.driver_id is not None and is_late(trip, at, rules):
            fixes = self._fixes(self.sightings(trip), at, near)
            known = Approach(fixes, self._store.assigned_distance_m(trip.id, trip.driver_id))
        return judged(trip, at, known, rules=rules, near=near, came=came)

    def _taken_away(self, driver_id: UUID, trip_id: UUID, operation: Operation) -> DomainError:
        """A driver whose trip was taken from them is told so; to others it does not exist."""
        if version_when_left(driver_id, self._store.log(trip_id)) is None:
            return _not_found()
        return TripConflictError(f"The trip is no longer yours: it cannot {operation}.", state="handed_back")

    def _handed_back(self, driver_id: UUID, trip_id: UUID) -> Trip:
        """The trip as this driver left it, for a driver who repeats that they do not take it."""
        log = self._store.log(trip_id)
        left = version_when_left(driver_id, log)
        if left is None:
            raise _not_found()
        return rebuilt(log[:left])


def version_when_left(driver_id: UUID, log: Sequence[LogEntry]) -> int | None:
    """The trip's version at which this driver last lost it, by handing it back or by having it taken.

    None if they never did.
    """
    left = [entry.seq for entry in log if entry.type == HANDED_BACK and entry.data.get("left_by") == str(driver_id)]
    return left[-1] if left else None


def _driven_by(driver_id: UUID, trip: Trip) -> Trip:
    """The trip, for its driver; to everybody else it does not exist."""
    if trip.driver_id != driver_id:
        raise _not_found()
    return trip


def _not_found() -> TripNotFoundError:
    return TripNotFoundError("There is no such trip.")
