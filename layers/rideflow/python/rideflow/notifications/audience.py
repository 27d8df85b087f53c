"""The people whom an event concerns, by the part they have in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal
from uuid import UUID

from rideflow.notifications.events import Notifiable

type Part = Literal["rider", "driver"]


def audience_of(event: Notifiable) -> Mapping[Part, UUID]:
    """The people of the event. A trip without a driver has a rider alone."""
    if event.driver_id is None:
        return {"rider": event.rider_id}
    return {"rider": event.rider_id, "driver": event.driver_id}
