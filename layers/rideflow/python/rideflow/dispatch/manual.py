"""Manual dispatch (DI11): an operator names the driver whom a waiting trip is offered to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from rideflow.dispatch.best_effort import best_effort
from rideflow.dispatch.errors import DriverHasOfferError, DriverNotLocatedError
from rideflow.dispatch.events import TripDispatched
from rideflow.dispatch.manual_store import PostgresChoices
from rideflow.dispatch.messages import ExpireOffers
from rideflow.dispatch.model import MadeOffer
from rideflow.dispatch.notifiers import DriverNotifier
from rideflow.dispatch.ports import DriverReservations
from rideflow.dispatch.refusals import Choice, choice_refusal
from rideflow.dispatch.views import DispatchTrip, DispatchView
from rideflow.kernel.audit import OperatorAction
from rideflow.kernel.clock import Clock
from rideflow.kernel.errors import DomainError
from rideflow.kernel.geo import distance_m
from rideflow.kernel.idempotency import IdempotencyKey
from rideflow.kernel.observability import count
from rideflow.kernel.outbox import Outbox
from rideflow.kernel.queues import Queue
from rideflow.kernel.vehicles import ServingClasses
from rideflow.markets.model import Markets
from rideflow.markets.zones import Zone
from rideflow.matching.world import Proposal
from rideflow.supply.position_history import PositionHistory

_OPERATION = "dispatch_trip"


@dataclass(frozen=True, slots=True)
class ManualDispatch:
    """Offers by operators. Everything an operator does or tries here is in the audit log."""

    choices: PostgresChoices
    reservations: DriverReservations
    position_history: PositionHistory
    notifier: DriverNotifier
    expiries: Queue
    outbox: Outbox
    markets: Markets
    clock: Clock

    def offer(self, operator_id: UUID, trip_id: UUID, wanted: DispatchTrip, idempotency_key: str) -> DispatchView:
        """Offer the trip to the driver, wherever they are; a repeat of the key is answered as the first time.

        Raises what `choice_refusal` says, `DriverNotLocatedError`, `DriverHasOfferError`, and `MarketWithdrawnError` if
        the trip's zone is not deployed any more.
        """
        key = IdempotencyKey.of(operator_id, f"{_OPERATION}:{trip_id}", idempotency_key, wanted)
        now = self.clock()
        try:
            return self.choices.once(key, lambda: self._offer(trip_id, wanted, key, now))
        except DomainError as refused:
            count("DispatchRefused", reason=refused.code)
            self.choices.record_refusal(_action(operator_id, trip_id, wanted, now, outcome=refused.code))
            raise

    def _offer(self, trip_id: UUID, wanted: DispatchTrip, key: IdempotencyKey, now: datetime) -> DispatchView:
        with self.outbox.transaction():
            choice = self.choices.judged(trip_id, wanted.driver_id, now)
            refused = choice_refusal(choice, self._serving(choice), ask_again=wanted.ask_again)
            if refused is not None:
                raise refused
            zone = self.markets.zone(str(choice.zone))
            driver_zone, proposal = self._proposal(choice, zone, trip_id, wanted.driver_id)
            lives = zone.market.matching.offer_lives
            made = self.choices.offer(choice, proposal, driver_zone, now, lives)
            if made is None:
                raise DriverHasOfferError("The driver was offered another trip at the same time.")
            view = DispatchView.of(made, now)
            event = _event(key.person_id, wanted, made, choice, now)
            action = _action(key.person_id, trip_id, wanted, now, outcome="done", earlier=choice.earlier)
            self.choices.record(key, view, [event], action)
            self.outbox.publish([event])
        self._follow(made, zone.id, now, lives)
        return view

    def _serving(self, choice: Choice) -> ServingClasses:
        """The classes that may serve the trip; none of one that does not wait."""
        if choice.zone is None or choice.product is None or not choice.waits:
            return ServingClasses(())
        return self.markets.zone(choice.zone).market.serving(choice.product)

    def _proposal(
        self, choice: Choice, trip_zone: Zone, trip_id: UUID, driver_id: UUID
    ) -> tuple[str, Proposal[UUID, UUID]]:
        """And the zone in which the driver is: the trip's, or another of its market."""
        zones = [trip_zone.id, *(zone.id for zone in trip_zone.beside)]
        located = self.position_history.place(driver_id, zones)
        if located is None or choice.pickup is None:
            raise DriverNotLocatedError("The driver's phone has not said where it is.")
        zone, place = located
        away_m = distance_m(place, choice.pickup)
        return zone, Proposal(trip_id, driver_id, away_m, trip_zone.market.travel.to_pickups.seconds(away_m))

    def _follow(self, made: MadeOffer, zone: str, now: datetime, lives: timedelta) -> None:
        """After the commit, as after a tick's: Redis, the driver's phone, the offer's end."""
        if made.reserved_until is not None:
            best_effort(partial(self.reservations.reserve, made.driver, made.reserved_until))
        self.notifier.offered([made], now)
        best_effort(partial(self.expiries.send, ExpireOffers(zone=zone), lives))


def _action(
    operator_id: UUID, trip_id: UUID, wanted: DispatchTrip, now: datetime, *, outcome: str, earlier: str | None = None
) -> OperatorAction:
    details = wanted.model_dump(mode="json") | {"earlier_offer": earlier}
    return OperatorAction(now, operator_id, _OPERATION, trip_id, outcome, details)


def _event(operator_id: UUID, wanted: DispatchTrip, made: MadeOffer, choice: Choice, now: datetime) -> TripDispatched:
    return TripDispatched(
        at=now,
        trip_id=made.trip_id,
        driver_id=made.driver_id,
        operator_id=operator_id,
        zone=str(choice.zone),
        reason=wanted.reason,
        asked_again=choice.earlier is not None,
        expires_at=made.expires_at,
    )
