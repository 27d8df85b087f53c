"""What a trip is told of its orders. Nothing else of payments changes a trip."""

from __future__ import annotations

from uuid import UUID

from rideflow.payments.orders.kinds import KINDS
from rideflow.payments.orders.model import Order
from rideflow.payments.ports import TripPayments
from rideflow.trips.cancellation import PaymentRejection


class TripListener:
    """Hears what became of orders, and tells the trip of those kinds that its life depends on (`kinds.py`)."""

    def __init__(self, trips: TripPayments) -> None:
        self._trips = trips

    def held(self, trip_id: UUID) -> None:
        """The fare is held: a driver may be searched for. Raises `TripConflictError` if the trip waits for none."""
        self._trips.begin_matching(trip_id)

    def not_held(self, trip_id: UUID, why: PaymentRejection) -> None:
        """The fare could not be held. Raises `TripConflictError` if the trip does not wait for it any more."""
        self._trips.reject_payment(trip_id, why)

    def paid(self, order: Order) -> None:
        """The order's amount is where it belongs, or will be charged with the rider's next ride."""
        match KINDS[order.kind].trip:
            case "pays":
                self._trips.settled(order.trip_id, order.breakdown, order.driven)
            case "closes":
                self._trips.settled(order.trip_id, None, None)

    def owed(self, order: Order) -> None:
        """The order's amount could not be taken: the rider owes it. A trip without a ride is over all the same."""
        match KINDS[order.kind].trip:
            case "pays":
                self._trips.payment_failed(order.trip_id)
            case "closes":
                self._trips.settled(order.trip_id, None, None)

    def nothing_owed(self, trip_id: UUID) -> None:
        """The trip ended without a ride or a fee."""
        self._trips.settled(trip_id, None, None)

    def nothing_to_take(self, trip_id: UUID) -> None:
        """The trip was ridden, and there is no hold to take its fare from."""
        self._trips.payment_failed(trip_id)
