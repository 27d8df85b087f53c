"""What a trip hears of its orders, by their kinds."""

from dataclasses import dataclass, field
from typing import Any, cast
from uuid import UUID

import pytest

from rideflow.payments.orders.kinds import OrderKind
from rideflow.payments.orders.trip_listener import TripListener
from rideflow.payments.ports import TripPayments
from rideflow.pricing.model import FareBreakdown
from tests.unit.payments.orders import an_order

FARE = FareBreakdown.of("USD", {"base": 700})
TRIP = an_order(FARE).trip_id


@dataclass
class Trips:
    told: list[tuple[object, ...]] = field(default_factory=list)

    def settled(self, trip_id: UUID, breakdown: FareBreakdown | None, driven: Any) -> None:
        self.told.append(("settled", trip_id, breakdown, driven))

    def payment_failed(self, trip_id: UUID) -> None:
        self.told.append(("payment failed", trip_id))


PAID: dict[OrderKind, list[tuple[object, ...]]] = {
    "fare": [("settled", TRIP, FARE, an_order(FARE).driven)],
    "cancellation_fee": [("settled", TRIP, None, None)],
    "tip": [],
}
OWED: dict[OrderKind, list[tuple[object, ...]]] = {
    "fare": [("payment failed", TRIP)],
    "cancellation_fee": [("settled", TRIP, None, None)],
    "tip": [],
}


@pytest.mark.parametrize("kind", PAID)
def test_the_fare_pays_its_trip_a_fee_closes_it_and_a_tip_is_no_business_of_it(kind: OrderKind) -> None:
    trips = Trips()

    TripListener(cast(TripPayments, trips)).paid(an_order(FARE, kind=kind))

    assert trips.told == PAID[kind]


@pytest.mark.parametrize("kind", OWED)
def test_an_unpaid_tip_leaves_the_trip_as_it_is(kind: OrderKind) -> None:
    trips = Trips()

    TripListener(cast(TripPayments, trips)).owed(an_order(FARE, kind=kind))

    assert trips.told == OWED[kind]
