"""Manual dispatch: an offer of a waiting trip to a driver of somebody's choice, whatever policies say."""

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
from rideflow.dispatch.model import MadeOffer, OfferState
from rideflow.dispatch.notifiers import DriverNotifier
from rideflow.dispatch.ports import DriverReservations
from rideflow.dispatch.refusals import Choice, choice_refusal
from rideflow.kernel.geo import distance_m
from rideflow.kernel.queues import Queue
from rideflow.kernel.vehicles import ServingClasses
from rideflow.markets.model import Markets
from rideflow.markets.zones import Zone
from rideflow.matching.world import Proposal
from rideflow.supply.position_history import PositionHistory


@dataclass(frozen=True, slots=True)
class ManualOffer:
    """An offer that was made by choice, at the time `at`, of a trip that waits in `zone`.

    `earlier` is how the driver's former offer of the trip ended, if they were asked again; the offer `lives` so long.
    """

    made: MadeOffer
    zone: str
    at: datetime
    lives: timedelta
    earlier: OfferState | None

    def event(self, operator_id: UUID) -> TripDispatched:
        """The event of an offer that an operator asked for."""
        return TripDispatched(
            at=self.at,
            trip_id=self.made.trip_id,
            driver_id=self.made.driver_id,
            operator_id=operator_id,
            zone=self.zone,
            asked_again=self.earlier is not None,
            expires_at=self.made.expires_at,
        )


@dataclass(frozen=True, slots=True)
class ManualDispatch:
    """Offers by choice: `offer` in a transaction of the caller, `follow` after its commit."""

    choices: PostgresChoices
    reservations: DriverReservations
    position_history: PositionHistory
    notifier: DriverNotifier
    expiries: Queue
    markets: Markets

    def offer(self, trip_id: UUID, driver_id: UUID, now: datetime, *, ask_again: bool) -> ManualOffer:
        """Offer the trip to the driver, wherever they are. Driver, trip and request stay locked until the commit.

        Raises what `choice_refusal` says, `DriverNotLocatedError`, `DriverHasOfferError`, and `MarketWithdrawnError` if
        the trip's zone is not deployed any more.
        """
        choice = self.choices.judged(trip_id, driver_id, now)
        refused = choice_refusal(choice, self._serving(choice), ask_again=ask_again)
        if refused is not None:
            raise refused
        zone = self.markets.zone(str(choice.zone))
        driver_zone, proposal = self._proposal(choice, zone, trip_id, driver_id)
        lives = zone.market.matching.offer_lives
        made = self.choices.offer(choice, proposal, driver_zone, now, lives)
        if made is None:
            raise DriverHasOfferError("The driver was offered another trip at the same time.")
        return ManualOffer(made, zone.id, now, lives, choice.earlier)

    def follow(self, offer: ManualOffer) -> None:
        """After the commit, as after a tick's: Redis, the offer's end, and the driver's phone last."""
        made = offer.made
        if made.reserved_until is not None:
            best_effort(partial(self.reservations.reserve, made.driver, made.reserved_until))
        best_effort(partial(self.expiries.send, ExpireOffers(zone=offer.zone), offer.lives))
        self.notifier.offered([made], offer.at)

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
