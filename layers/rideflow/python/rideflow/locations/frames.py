"""Frames that locations sends to apps."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from rideflow.kernel.frames import Frame
from rideflow.supply.position import ClockOffset, Matchable, Verdict


class DriverPosition(Frame):
    """The last position of the rider's driver.

    `eta_s` is the expected time to the pickup, or to the dropoff once the trip is in progress. The position is stale
    from `stale_after` on, unless a newer one has come; `stale` says whether it was stale when the frame was sent.
    """

    type: ClassVar[str] = "driver.position"

    trip_id: UUID
    lat: float
    lng: float
    heading_deg: float | None
    eta_s: int | None
    recorded_at: datetime
    stale_after: datetime
    stale: bool


class LocationRecorded(Frame):
    """The position is believed, and the car is there now. If the phone's clock is off, its times are corrected.

    Sent only if the message asked for it with `ack`, or if the phone's clock is off.
    """

    type: ClassVar[str] = "location.recorded"

    recorded_at: Annotated[datetime, Field(description="As the phone sent it")]
    matchable: Matchable
    clock_offset_s: ClockOffset


class LocationRejected(Frame):
    """The position does not move the car; `verdict` says why. A `late` position may extend the path of its trip."""

    type: ClassVar[str] = "location.rejected"

    recorded_at: Annotated[datetime, Field(description="As the phone sent it")]
    verdict: Verdict
    matchable: Matchable
    clock_offset_s: ClockOffset
