"""What dispatch's operations read and show."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from rideflow.kernel.model import View


class OfferView(View):
    """The driver's answer, as it stands.

    `promised`: the trip is the driver's once they have completed the one in hand, if that is before `promised_until`.
    """

    trip_id: UUID
    state: Literal["accepted", "promised", "declined"]
    promised_until: datetime | None = None
