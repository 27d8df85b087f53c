"""What dispatch's operations read and show."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Literal, Self
from uuid import UUID

from pydantic import Field

from rideflow.kernel.model import Request, View

if TYPE_CHECKING:
    from rideflow.dispatch.model import MadeOffer


class OfferView(View):
    """The driver's answer, as it stands.

    `promised`: the trip is the driver's once they have completed the one in hand, if that is before `promised_until`.
    """

    trip_id: UUID
    state: Literal["accepted", "promised", "declined"]
    promised_until: datetime | None = None


class DispatchTrip(Request):
    """Whom an operator wants, and why. `ask_again`: even if the driver was asked before and did not take it."""

    driver_id: UUID
    reason: Annotated[str, Field(min_length=1, max_length=500)]
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
    def of(cls, made: MadeOffer, at: datetime) -> Self:
        return cls(
            trip_id=made.trip_id,
            driver_id=made.driver_id,
            offered_at=at,
            expires_at=made.expires_at,
            pickup_distance_m=made.pickup_distance_m,
            pickup_eta_s=made.pickup_eta_s,
        )
