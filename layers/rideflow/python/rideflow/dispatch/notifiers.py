"""Frames that dispatch pushes: offers and their ends to drivers, assignments and promises to riders."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from rideflow.dispatch.frames import OfferWithdrawn, PromiseEnded, TripOffer, TripPromised
from rideflow.dispatch.model import Assignment, EndedOffer, MadeOffer, Promise, WaitingTrip
from rideflow.kernel.ids import uuid7
from rideflow.realtime.frames import DriverCard, TripUpdated
from rideflow.realtime.ports import FramePusher

_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class DriverNotifier:
    """Pushes offers and withdrawals to drivers.

    An app that is not reached learns of a withdrawal from the response to its accept, or when the offer expires.
    """

    realtime: FramePusher

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
        """Notify rider and driver of each promise among the offers. A repeat carries the same frame ids."""

        def tell(offer: EndedOffer) -> None:
            notify_promise_broken(self.realtime, offer, offer.driver.driver_id, at)
            self.withdrawn(offer.trip_id, [offer.driver.driver_id], at)

        _each([offer for offer in offers if offer.was_promised], tell)


def notify_assigned(realtime: FramePusher, event_id: UUID, won: Assignment) -> None:
    """Push the assignment to the rider at once. The event's consumer pushes it again under the same id."""
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


def notify_promised(realtime: FramePusher, promise: Promise, at: datetime) -> None:
    """Push the expected pickup to the rider, and a withdrawal to the other drivers who were offered the trip."""
    frame = TripPromised(trip_id=promise.trip_id, pickup_at=promise.pickup_at, until=promise.until)
    realtime.push(promise.rider_id, frame, id=uuid7(), at=at)
    DriverNotifier(realtime).withdrawn(promise.trip_id, [driver.driver_id for driver in promise.other_drivers], at)


def notify_promise_broken(realtime: FramePusher, trip: WaitingTrip | EndedOffer, driver_id: UUID, at: datetime) -> None:
    """Push the end of the promise to the rider: another driver will have to take the trip."""
    frame_id = uuid5(trip.trip_id, f"promise of {driver_id}")
    realtime.push(trip.rider_id, PromiseEnded(trip_id=trip.trip_id), id=frame_id, at=at)


def _each[T](items: Sequence[T], tell: Callable[[T], None]) -> None:
    """Push to several people in parallel: each push waits for the network."""
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
