"""The payer's word in the match saga: a bank wants the rider to confirm a hold, and the saga waits for it.

| operation       | does                                                                                            |
|-----------------|-------------------------------------------------------------------------------------------------|
| record_hold     | notes the hold and its client secret; the order stays `pending`, the trip `requested`           |
| ask_payer       | keeps the saga's task token, and tells the rider's app; `GET /v1/trips/{trip_id}` tells it, too |
| on_stripe_event | a webhook tells that the payer confirmed or failed: the token is answered                       |
| conclude_hold   | asks the provider what became of the hold, whether the token was answered or the time is over   |

The token's answer says nothing of money, so one that comes twice, late, or by mistake does no harm; and if none comes,
because a process died, the saga asks the provider at the time-out.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, ClassVar
from uuid import UUID

from rideflow.kernel.clock import Clock
from rideflow.kernel.frames import Frame
from rideflow.kernel.ids import uuid7
from rideflow.kernel.model import Message
from rideflow.realtime.ports import FramePusher
from rideflow.trips.model import TripState

if TYPE_CHECKING:
    from rideflow.payments.orders.payer_actions import PayerAction, PostgresPayerActions
    from rideflow.payments.orders.store import PostgresOrders

PAYER_HAS = timedelta(minutes=5)
"""The time of the saga's step `AskPayer`. A trip is `requested` for two minutes longer before a sweeper ends it."""


class AskPayer(Message):
    """Ask the trip's rider to confirm the hold. The token is answered when the provider tells that they have."""

    trip_id: UUID
    task_token: str


class PaymentActionRequired(Frame):
    """The rider's bank wants them to confirm the payment of a requested trip, until `until`.

    The app confirms it at the payment provider with the client secret (Stripe.js: `handleNextAction`).
    """

    type: ClassVar[str] = "payment.action_required"

    trip_id: UUID
    client_secret: str
    publishable_key: str | None
    until: datetime


class PayerConfirmation:
    """Asks riders to confirm holds."""

    def __init__(
        self,
        orders: PostgresOrders,
        actions: PostgresPayerActions,
        realtime: FramePusher,
        answer_saga: Callable[[str, str], None],
        clock: Clock,
    ) -> None:
        self._orders = orders
        self._actions = actions
        self._realtime = realtime
        self._answer_saga = answer_saga
        self._clock = clock

    def ask(self, command: AskPayer) -> None:
        """Ask the rider, after the token is stored. If there is nothing to ask them, the token is answered at once."""
        now = self._clock()
        with self._orders.transaction():
            self._orders.lock(command.trip_id)
            trip = self._orders.trip(command.trip_id)
            action = None
            if trip is not None and trip.state == TripState.REQUESTED:
                action = self._actions.ask(trip.trip_id, command.task_token, now + PAYER_HAS)
        if trip is None or action is None:
            self._answer_saga(command.task_token, "nothing_to_confirm")
        else:
            self._realtime.push(trip.rider_id, _frame(trip.trip_id, action), id=uuid7(), at=now)


def _frame(trip_id: UUID, action: PayerAction) -> PaymentActionRequired:
    return PaymentActionRequired(trip_id=trip_id, **action.model_dump())
