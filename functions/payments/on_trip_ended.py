"""A trip ended: start its settle saga.

Needs: settle_saga.
Consumes: TripCompleted, TripCancelled, NoDriverFound (rideflow.trips).
"""

from __future__ import annotations

from rideflow.kernel.consumer import consumer
from rideflow.payments.outside_vpc_wiring import settle_saga
from rideflow.payments.sagas.start import EndedTrip


def settle(ended: EndedTrip) -> None:
    settle_saga().start(ended)


app = consumer(settle)
