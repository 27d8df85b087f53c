"""Offers by operators: an operator names the driver whom a waiting trip is offered to.

Dispatch decides whether the trip can be offered to the driver. Everything that an operator does or tries here is in the
audit log.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Self
from uuid import UUID

from pydantic import Field

from rideflow.kernel import audit, outbox
from rideflow.kernel.audit import OperatorAction
from rideflow.kernel.clock import Clock
from rideflow.kernel.errors import DomainError
from rideflow.kernel.idempotency import IdempotencyKey, create_once
from rideflow.kernel.model import Request, View
from rideflow.kernel.observability import count
from rideflow.kernel.outbox import Outbox
from rideflow.kernel.postgres import Database, sql
from rideflow.kernel.text import ONE_LINE
from rideflow.operations.reasons import Reasons

if TYPE_CHECKING:
    from rideflow.dispatch.events import TripDispatched
    from rideflow.dispatch.manual import ManualDispatch, ManualOffer

_PACKAGE = "rideflow.operations"
_OPERATION = "dispatch_trip"


class DispatchTrip(Request):
    """The wanted driver, and the reason. `ask_again` offers the trip also if the driver let it pass before."""

    driver_id: UUID
    reason: Annotated[str, Field(min_length=1, max_length=500), ONE_LINE]
    ask_again: bool = False


class DispatchView(View):
    """The offer that was made to the driver."""

    trip_id: UUID
    driver_id: UUID
    offered_at: datetime
    expires_at: datetime
    pickup_distance_m: int
    pickup_eta_s: int

    @classmethod
    def of(cls, offer: ManualOffer) -> Self:
        made = offer.made
        return cls(
            trip_id=made.trip_id,
            driver_id=made.driver_id,
            offered_at=offer.at,
            expires_at=made.expires_at,
            pickup_distance_m=made.pickup_distance_m,
            pickup_eta_s=made.pickup_eta_s,
        )


@dataclass(frozen=True, slots=True)
class OperatorOffers:
    """Each offer commits together with the key of its request, its event and its row of the audit log."""

    dispatch: ManualDispatch
    outbox: Outbox
    database: Database
    reasons: Reasons
    clock: Clock

    def offer(self, operator_id: UUID, trip_id: UUID, wanted: DispatchTrip, idempotency_key: str) -> DispatchView:
        """Offer the trip to the driver, wherever they are; a repeat of the key is answered as the first time.

        Raises what `ManualDispatch.offer` and `Reasons.sealed` say.
        """
        key = IdempotencyKey.of(operator_id, f"{_OPERATION}:{trip_id}", idempotency_key, wanted)
        now = self.clock()
        sealed = wanted.model_copy(update={"reason": self._sealed(wanted, trip_id, operator_id)})
        try:
            return create_once(self.database, key, DispatchView, lambda: self._offer(trip_id, sealed, key, now))
        except DomainError as refused:
            count("DispatchRefused", reason=refused.code)
            audit.record(self.database, _action(operator_id, trip_id, sealed, now, outcome=refused.code))
            raise

    def _sealed(self, wanted: DispatchTrip, trip_id: UUID, operator_id: UUID) -> str:
        return self.reasons.sealed(wanted.reason, trip_id, operator_id, about_driver=wanted.driver_id)

    def _offer(self, trip_id: UUID, wanted: DispatchTrip, key: IdempotencyKey, now: datetime) -> DispatchView:
        """`wanted` has its reason sealed."""
        with self.outbox.transaction():
            offer = self.dispatch.offer(trip_id, wanted.driver_id, now, ask_again=wanted.ask_again)
            view, event = DispatchView.of(offer), offer.event(key.person_id)
            self._record(key, view, [event])
            action = _action(key.person_id, trip_id, wanted, now, outcome="done", earlier=offer.earlier)
            audit.record(self.database, action)
            self.outbox.publish([event])
        self.dispatch.follow(offer)
        return view

    def _record(self, key: IdempotencyKey, view: DispatchView, events: Iterable[TripDispatched]) -> None:
        """Key and outbox rows."""
        parameters = key.parameters(view) | {"events": outbox.rows(events)}
        self.database.execute(sql(_PACKAGE, "dispatch_trip"), parameters)


def _action(
    operator_id: UUID, trip_id: UUID, wanted: DispatchTrip, now: datetime, *, outcome: str, earlier: str | None = None
) -> OperatorAction:
    details = wanted.model_dump(mode="json") | {"earlier_offer": earlier}
    return OperatorAction(now, operator_id, _OPERATION, trip_id, outcome, details)
