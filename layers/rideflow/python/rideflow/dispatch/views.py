"""What dispatch's operations show."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from rideflow.kernel.model import View


class OfferView(View):
    """The driver's answer, as it stands."""

    trip_id: UUID
    state: Literal["accepted", "declined"]
