"""Frames of the operators' channel."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import Field

from rideflow.kernel.frames import Frame
from rideflow.kernel.geo import Point
from rideflow.kernel.model import View, word_of

Many = Annotated[int, Field(ge=0)]


class MarketWatching(Frame):
    """The connection watches the market until `ends_at`, unless it sends `market.watch` again."""

    type: ClassVar[str] = "market.watching"

    market: str
    ends_at: datetime


class MarketUnwatched(Frame):
    """The connection watches no market."""

    type: ClassVar[str] = "market.unwatched"


class Counts(View):
    """Of the whole market: cars by state, requests that wait for a driver, and trips that have one."""

    free: Many
    to_pickup: Many
    with_rider: Many
    silent: Annotated[Many, Field(description="Without a believed position for 30 s")]
    waiting: Many
    trips: Many


class Outside(View):
    """What was not sent: it is outside the viewport, beyond a limit, or comes with a later frame."""

    drivers: Many
    requests: Many
    trips: Many


class ZoneCounts(View):
    """A zone of the market."""

    zone: str
    free: Many
    to_pickup: Many
    with_rider: Many
    silent: Many
    waiting: Many
    oldest_request_at: datetime | None


class QueueLength(View):
    """An airport's queue: the drivers of all vehicle classes who stand in it."""

    fifo: str
    zone: str
    drivers: Many


class ShownRequest(View):
    """A trip that waits for a driver. `offered`: a driver is asked right now."""

    trip_id: UUID
    zone: str
    product: str
    pickup: Point
    dropoff: Point
    requested_at: datetime
    offered: bool


class ShownTrip(View):
    """A trip that has a driver; `since` is when it came into its state.

    `eta_at` is when the car is expected at the pickup, or at the dropoff once the trip is in progress. It is null at
    the pickup, and while the car's place is not known. It is sent again if it has changed by half a minute.
    """

    trip_id: UUID
    driver_id: UUID
    state: Annotated[str, word_of("trip_state")]
    zone: str
    product: str
    pickup: Point
    dropoff: Point
    since: datetime
    eta_at: datetime | None


class Happened(View):
    """Something that happened to a trip of the market."""

    at: datetime
    trip_id: UUID
    event: Annotated[str, word_of("trip_event")]
    zone: str


CarEntry = Annotated[
    tuple[int, int, int, Literal[0, 1, 2, 3], int],
    Field(
        description="Handle, latitude and longitude in 1e-5 degrees, state (0 free, 1 to the pickup, 2 with the rider, "
        "3 silent), heading in degrees or -1",
        examples=[[7, 3777490, -12241940, 0, 90]],
    ),
]
CellEntry = Annotated[
    tuple[str, int, int, int, int],
    Field(
        description="H3 cell, and its cars: free, to the pickup, with the rider, silent",
        examples=[["872830828ffffff", 12, 3, 4, 0]],
    ),
]


class MarketPicture(View):
    """Members of snapshots and deltas. Those that have nothing to tell are absent."""

    market: str
    revision: Annotated[int, Field(ge=1, description="Counts up by one; a gap asks for `market.watch` with `fresh`")]
    counts: Counts
    outside: Outside
    zones: Annotated[list[ZoneCounts] | None, Field(description="All of them, if any has changed")] = None
    queues: Annotated[list[QueueLength] | None, Field(description="All of them, if any has changed")] = None
    cars: Annotated[list[CarEntry] | None, Field(description="New or changed")] = None
    named: Annotated[dict[str, UUID] | None, Field(description="The drivers of new handles")] = None
    gone: Annotated[list[int] | None, Field(description="Handles of cars that left the viewport or the market")] = None
    cells: Annotated[
        list[CellEntry] | None,
        Field(description="All of them, in place of cars, if the viewport has too many; empty if cars come again"),
    ] = None
    requests: Annotated[list[ShownRequest] | None, Field(description="New or changed")] = None
    requests_gone: list[UUID] | None = None
    trips: Annotated[list[ShownTrip] | None, Field(description="New or changed")] = None
    trips_gone: list[UUID] | None = None
    happened: Annotated[
        list[Happened] | None, Field(description="Since the last frame, in the whole market: the newest 20")
    ] = None


class MarketSnapshot(MarketPicture, Frame):
    """Forget what earlier frames of the subscription told, then read this as a delta.

    It begins a subscription, and comes again if the frames cannot be continued. Its `revision` may begin anew at 1.
    """

    type: ClassVar[str] = "market.snapshot"


class MarketDelta(MarketPicture, Frame):
    """What has changed in the market since the subscription's last frame, at most once a second."""

    type: ClassVar[str] = "market.delta"
