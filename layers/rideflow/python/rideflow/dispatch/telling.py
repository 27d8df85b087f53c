"""Telling people: drivers of offers, riders of their driver."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from rideflow.dispatch.frames import OfferWithdrawn, PromiseEnded, TripOffer, TripPromised
from rideflow.dispatch.model import Assignment, EndedOffer, MadeOffer, Promise, WaitingTrip
from rideflow.dispatch.ports import Push
from rideflow.kernel.ids import uuid7
from rideflow.realtime.frames import DriverCard, TripUpdated

_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Drivers:
    """Tells drivers. An app that is not reached finds out by its answer, or by the offer's end."""

    realtime: Push

    def offered(self, offers: Sequence[MadeOffer], at: datetime) -> None:
        def tell(offer: MadeOffer) -> None:
            self.realtime.push(offer.driver_id, _frame(offer, at), id=uuid7(), at=at)

        _each(offers, tell)

    def withdrawn(self, trip_id: UUID, driver_ids: Iterable[UUID], at: datetime) -> None:
        """A repeat carries the same frame id, so that the app drops it."""

        def tell(driver_id: UUID) -> None:
            self.realtime.push(driver_id, OfferWithdrawn(trip_id=trip_id), id=uuid5(trip_id, str(driver_id)), at=at)

        _each(list(dict.fromkeys(driver_ids)), tell)

    def promises_ended(self, offers: Sequence[EndedOffer], at: datetime) -> None:
        """Of those that were promised, both sides are told, under ids that a repeat carries too."""

        def tell(offer: EndedOffer) -> None:
            tell_of_broken_promise(self.realtime, offer, offer.driver.driver_id, at)
            self.withdrawn(offer.trip_id, [offer.driver.driver_id], at)

        _each([offer for offer in offers if offer.was_promised], tell)


def tell_rider(realtime: Push, event_id: UUID, won: Assignment) -> None:
    """The rider hears of the driver here first; the event's consumer says it again under the same id."""
    frame = TripUpdated(
        trip_id=won.trip_id,
        event="DriverAssigned",
        state=won.state,
        version=won.version,
        at=won.at,
        rider_id=won.rider_id,
        driver_id=won.driver_id,
        driver=DriverCard(id=won.driver_id, name=won.driver_name, rating=won.driver_rating, vehicle=won.vehicle),
    )
    realtime.push(won.rider_id, frame, id=event_id, at=won.at)


def tell_of_promise(realtime: Push, promise: Promise, at: datetime) -> None:
    """The rider is told when somebody is likely to come; whoever was asked beside, that they are not needed."""
    frame = TripPromised(trip_id=promise.trip_id, pickup_at=promise.pickup_at, until=promise.until)
    realtime.push(promise.rider_id, frame, id=uuid7(), at=at)
    Drivers(realtime).withdrawn(promise.trip_id, [driver.driver_id for driver in promise.other_drivers], at)


def tell_of_broken_promise(realtime: Push, trip: WaitingTrip | EndedOffer, driver_id: UUID, at: datetime) -> None:
    """The rider is told that somebody else will have to come; the driver knows what they did."""
    frame_id = uuid5(trip.trip_id, f"promise of {driver_id}")
    realtime.push(trip.rider_id, PromiseEnded(trip_id=trip.trip_id), id=frame_id, at=at)


def _each[T](items: Sequence[T], tell: Callable[[T], None]) -> None:
    """Several people are told at once: each push waits for the network."""
    if len(items) < 2:
        for item in items:
            tell(item)
        return
    with ThreadPoolExecutor(min(len(items), _AT_ONCE)) as pool:
        list(pool.map(tell, items))


def _frame(offer: MadeOffer, at: datetime) -> TripOffer:
    return TripOffer(
        trip_id=offer.trip_id,
        pickup=offer.pickup,
        dropoff=offer.dropoff,
        product=offer.product,
        fare=offer.fare,
        scheduled_for=offer.scheduled_for,
        wheelchair=offer.wheelchair,
        pickup_distance_m=offer.pickup_distance_m,
        pickup_eta_s=offer.pickup_eta_s,
        offered_at=at,
        expires_at=offer.expires_at,
        after_trip=offer.after_trip_id,
    )
