"""An order of an ended trip stayed in its state for too long: start another settle saga.

Needs: settle_saga.
Consumes: SettlementOverdue (rideflow.payments).
"""

from __future__ import annotations

from rideflow.kernel.consumer import consumer
from rideflow.payments.outside_vpc_wiring import settle_saga
from rideflow.payments.sagas.start import EndedTrip


def settle_again(overdue: EndedTrip) -> None:
    settle_saga().start_again(overdue)


app = consumer(settle_again)
