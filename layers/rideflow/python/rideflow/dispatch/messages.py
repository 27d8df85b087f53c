"""Messages of dispatch's own queues."""

from __future__ import annotations

from rideflow.kernel.model import Message


class Tick(Message):
    """Match in this zone. `schedule_id` tells the one scheduled tick from duplicates; '' runs in any case."""

    zone: str
    schedule_id: str = ""
    attempt: int = 0


class ExpireOffers(Message):
    """Offers of this zone have had their time."""

    zone: str
