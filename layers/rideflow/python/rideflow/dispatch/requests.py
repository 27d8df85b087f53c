"""Requests from their opening to their end, and their repair."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Literal
from uuid import UUID

from rideflow.dispatch.best_effort import best_effort
from rideflow.dispatch.model import Outcome
from rideflow.dispatch.notifiers import DriverNotifier
from rideflow.dispatch.ports import AirportQueues, DriverReservations, TickScheduler, TripGiveUp
from rideflow.dispatch.store import PostgresOffers, Wait
from rideflow.kernel.clock import Clock
from rideflow.kernel.errors import UnavailableError
from rideflow.kernel.fault_isolation import isolated
from rideflow.kernel.observability import count
from rideflow.trips.errors import TripBusyError, TripConflictError

OVERDUE_AFTER = timedelta(seconds=30)
"""If the saga has not given up this long after the rider's patience, the sweeper does."""

TOLD_WITHIN = timedelta(seconds=30)
"""The function that ends a promise notifies its rider and driver, within this time: no function runs for longer."""


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
        """Open the trip's request. The saga's token is answered at its end, or at once if the trip is over already.

        An earlier wait for this trip that was not answered is answered with `superseded`.
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
        """The accept was committed: answer the saga, release the other drivers, and withdraw their offers.

        If a store does not answer, its error is raised at the end, and the event comes again.
        """
        now = self.clock()
        closed = self.offers.assigned(trip_id, driver_id, now)
        if closed is None:
            return
        self.answer_saga(closed.task_token, "assigned")
        try:
            self.reservations.release(closed.drivers, now)
            for zone in closed.other_zones:
                self.ticks.now(zone)
        finally:
            self.notifier.withdrawn(trip_id, closed.driver_ids, now)

    def driver_left(self, driver_id: UUID) -> None:
        """The driver went offline: withdraw their offers, so that the trips go to other drivers at once.

        If the driver is online again by now, nothing is withdrawn. A promise that was due while they were offline is
        then kept.
        """
        now = self.clock()
        withdrawn = self.offers.withdraw_from(driver_id, now)
        try:
            self.keep_promise(driver_id)
            for zone in dict.fromkeys(offer.zone for offer in withdrawn):
                self.ticks.now(zone)
        finally:
            for offer in withdrawn:
                self.notifier.withdrawn(offer.trip_id, [driver_id], now)
            self.notifier.promises_ended(withdrawn, now)

    def trip_ended(self, trip_id: UUID, outcome: Outcome) -> None:
        """The trip ended without a ride: close its request, so that nobody can take it, whoever ended it.

        If a store does not answer, its error is raised at the end. The event comes again, and has the same effect.
        """
        now = self.clock()
        closed = self.offers.close(trip_id, outcome, now)
        if closed is None:
            return
        self.answer_saga(closed.task_token, outcome)
        try:
            self.reservations.release(closed.drivers, now)
        finally:
            self.notifier.withdrawn(trip_id, closed.driver_ids, now)

    def give_up(self, trip_id: UUID, execution: str | None) -> Literal["no_driver_found", "ended"]:
        """The rider's patience is over: close the request, so that no accept can win any more, then end the trip.

        An accept that came first stands, and so does the wait of a later execution of the saga.
        """
        now = self.clock()
        closed = self.offers.close(trip_id, "no_driver_found", now, execution)
        try:
            if closed is not None and closed.outcome != "no_driver_found":
                return "ended"
            self.trips.give_up(trip_id)
        except TripConflictError:
            return "ended"
        finally:
            if closed is not None:  # a zone that does not answer is updated by the event of the trip's end
                best_effort(partial(self.reservations.release, closed.drivers, now))
                self.notifier.withdrawn(trip_id, closed.driver_ids, now)
        return "no_driver_found"

    def expire(self, zone: str) -> None:
        """End offers whose time is over. Their drivers can be asked for other trips, and their trips offered again."""
        now = self.clock()
        expired = self.offers.expire(zone, now)
        if expired:
            best_effort(partial(self.queues.move_to_end, [offer.passed for offer in expired], now))
            best_effort(partial(self.reservations.release, [offer.driver for offer in expired], now))
        try:
            self.ticks.now(zone)
        finally:
            self.notifier.promises_ended(expired, now)

    def sweep(self) -> int:
        """Repair what lost messages and ended sagas left behind. Returns how many requests were overdue.

        If a store does not answer for one item, its error is raised at the end, since other items may need another one.
        """
        unanswered: list[UnavailableError] = []
        for driver_id in self.offers.promises_due():
            with isolated("promise", driver_id, unanswered):
                self.keep_promise(driver_id)
        for zone in self.offers.zones_waiting():
            with isolated("zone", zone, unanswered):
                self.expire(zone)
        overdue = self.offers.overdue(self.clock() - OVERDUE_AFTER)
        for trip_id in overdue:
            count("RequestOverdue")
            with isolated("overdue_request", trip_id, unanswered), suppress(TripBusyError):  # trips' own sweep ends it
                self.give_up(trip_id, None)
        self._tell_of_promises()
        if unanswered:
            raise unanswered[0]
        return len(overdue)

    def _tell_of_promises(self) -> None:
        """Notify people of ended promises once more: the function that ended one may have died after the commit.

        The frames have the same ids as the first time, so that apps drop repeats.
        """
        now = self.clock()
        untold = self.offers.promises_untold(now - TOLD_WITHIN)
        self.notifier.promises_ended(untold.waiting, now)
        self.offers.promises_told(untold.ended, now)
