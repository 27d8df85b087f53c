"""Requests from their opening to their end, and what repairs them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Literal
from uuid import UUID

from rideflow.dispatch.best_effort import best_effort
from rideflow.dispatch.model import Outcome
from rideflow.dispatch.notifiers import DriverNotifier
from rideflow.dispatch.ports import AirportQueues, DriverReservations, TickScheduler, TripGiveUp
from rideflow.dispatch.store import ClosedRequest, PostgresOffers, Wait
from rideflow.kernel.clock import Clock
from rideflow.kernel.fault_isolation import isolated
from rideflow.kernel.observability import count
from rideflow.trips.errors import TripConflictError

OVERDUE_AFTER = timedelta(seconds=30)
"""How long after the rider's patience the saga may take to give up before the sweeper does."""


@dataclass(frozen=True, slots=True)
class Requests:
    """Trips that wait for a driver."""

    offers: PostgresOffers
    reservations: DriverReservations
    queues: AirportQueues
    trips: TripGiveUp
    notifier: DriverNotifier
    ticks: TickScheduler
    answer_saga: Callable[[str, str], None]
    keep_promise: Callable[[UUID], None]
    clock: Clock

    def open(self, trip_id: UUID, execution: str, task_token: str, patience: timedelta) -> None:
        """The trip waits; the saga's token is answered when that ends, at once when the trip is over already.

        Whoever waited for this trip before, and was not answered, need not wait any more.
        """
        now = self.clock()
        opened = self.offers.open(trip_id, Wait(execution, task_token, now + patience), now)
        if opened is None:
            self.answer_saga(task_token, "ended")
            return
        if opened.replaced_token not in (None, task_token):
            self.answer_saga(str(opened.replaced_token), "superseded")
        self.ticks.now(opened.zone)

    def driver_assigned(self, trip_id: UUID, driver_id: UUID) -> None:
        """The accept was committed: the saga is answered, and whose offer fell away is told."""
        now = self.clock()
        closed = self.offers.assigned(trip_id, driver_id, now)
        if closed is None:
            return
        self.answer_saga(closed.task_token, "assigned")
        self.notifier.withdrawn(trip_id, closed.driver_ids, now)
        self.reservations.release(closed.drivers, now)
        for zone in closed.other_zones:
            self.ticks.now(zone)

    def driver_left(self, driver_id: UUID) -> None:
        """The driver went offline: their offers go to others at once. Old news of one who is back takes nothing away.

        A promise that was due while they were offline is kept by whoever is back.
        """
        now = self.clock()
        withdrawn = self.offers.withdraw_from(driver_id, now)
        for offer in withdrawn:
            self.notifier.withdrawn(offer.trip_id, [driver_id], now)
        self.keep_promise(driver_id)
        self.notifier.promises_ended(withdrawn, now)
        for zone in dict.fromkeys(offer.zone for offer in withdrawn):
            self.ticks.now(zone)

    def trip_ended(self, trip_id: UUID, outcome: Outcome) -> None:
        """The trip ended without a ride, or was ended otherwise than by us: nobody is to take it any more."""
        closed = self._closed(trip_id, outcome)
        if closed is not None:
            self.answer_saga(closed.task_token, outcome)

    def give_up(self, trip_id: UUID, execution: str | None) -> Literal["no_driver_found", "ended"]:
        """The rider's patience is over: first no accept can win any more, then the trip ends.

        An accept that came first stands, and so does the wait of a later execution of the saga than this one.
        """
        closed = self._closed(trip_id, "no_driver_found", execution)
        if closed is not None and closed.outcome != "no_driver_found":
            return "ended"
        try:
            self.trips.give_up(trip_id)
        except TripConflictError:
            return "ended"
        return "no_driver_found"

    def expire(self, zone: str) -> None:
        """Offers whose time is over end; their drivers can be asked for other trips, and their trips offered anew."""
        now = self.clock()
        expired = self.offers.expire(zone, now)
        if expired:
            best_effort(partial(self.queues.move_to_end, [offer.passed for offer in expired], now))
            best_effort(partial(self.reservations.release, [offer.driver for offer in expired], now))
            self.notifier.promises_ended(expired, now)
        self.ticks.now(zone)

    def sweep(self) -> int:
        """What lost messages and ended sagas left behind; returns how many requests were overdue."""
        for driver_id in self.offers.promises_due():
            with isolated("promise", driver_id):
                self.keep_promise(driver_id)
        for zone in self.offers.zones_waiting():
            with isolated("zone", zone):
                self.expire(zone)
        overdue = self.offers.overdue(self.clock() - OVERDUE_AFTER)
        for trip_id in overdue:
            count("RequestOverdue")
            with isolated("overdue_request", trip_id):
                self.give_up(trip_id, None)
        return len(overdue)

    def _closed(self, trip_id: UUID, outcome: Outcome, execution: str | None = None) -> ClosedRequest | None:
        now = self.clock()
        closed = self.offers.close(trip_id, outcome, now, execution)
        if closed is not None:
            self.notifier.withdrawn(trip_id, closed.driver_ids, now)
            self.reservations.release(closed.drivers, now)
        return closed
