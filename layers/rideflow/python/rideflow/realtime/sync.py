"""Synchronization of an app that reconnects: its trip as it stands, and the events after the version that it knows.

They are read from views of trips and drivers and from the port `Promises`. Frames that were not delivered are not kept.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Protocol, Self
from uuid import UUID

from pydantic import Field

from rideflow.kernel.frames import Action, Frame
from rideflow.kernel.geo import Point
from rideflow.kernel.model import View, word_of
from rideflow.kernel.sealing import of_trip
from rideflow.kernel.vehicles import ProductId, Vehicle
from rideflow.realtime.errors import TripNotFoundError

if TYPE_CHECKING:
    from rideflow.kernel.postgres import Database, Row
    from rideflow.kernel.sealing import Seals

_WRITTEN = ("reason", "cancel_reason")
"""The members of an event's data that a person may have written; they are sealed then."""

MAX_EVENTS = 50
"""The newest events that a frame carries; a trip has about ten."""


class Sync(Action):
    """Ask for the missed events of a trip; of the caller's active trip if none is named."""

    action: Literal["sync"]
    trip_id: UUID | None = None
    after_version: Annotated[int, Field(ge=0, lt=2**31, description="The version the app knows; 0 for none")] = 0


class TripSnapshot(View):
    """The trip as it stands. Places and times are set while it is active; later `GET /v1/trips/{trip_id}` has them."""

    trip_id: UUID
    rider_id: UUID
    driver_id: UUID | None
    state: Annotated[str, word_of("trip_state")]
    version: int
    zone: str | None = None
    product: ProductId | None = None
    vehicle: Vehicle | None = None
    pickup: Point | None = None
    dropoff: Point | None = None
    requested_at: datetime | None = None
    assigned_at: datetime | None = None
    arrived_at: datetime | None = None
    started_at: datetime | None = None

    @classmethod
    def of(cls, last: Row) -> Self:
        """The snapshot in the row of the trip's last event."""
        return cls.model_validate(last | {"pickup": _point(last, "pickup"), "dropoff": _point(last, "dropoff")})


class MissedEvent(View):
    """An event of the trip. `data` has the trip's members that it changed."""

    version: int
    type: Annotated[str, word_of("trip_event")]
    at: datetime
    state: Annotated[str, word_of("trip_state")]
    data: dict[str, Any]


class PromisedTrip(View):
    """A trip whose driver completes `after_trip` first. From `until` on it is offered to other drivers."""

    trip_id: UUID
    after_trip: UUID | None
    pickup: Point
    dropoff: Point
    pickup_at: datetime
    until: datetime


class Synced(Frame):
    """The answer to `sync`. `trip` is null if the caller has no active trip and named none.

    `promised` is the driver's next trip, or the trip that the rider waits for; the rider is not told `after_trip`.
    """

    type: ClassVar[str] = "sync"

    trip: TripSnapshot | None
    events: list[MissedEvent]
    promised: PromisedTrip | None = None


class Promises(Protocol):
    """Finds the promised trip of a rider or driver."""

    def of(self, person_id: UUID) -> PromisedTrip | None: ...


class MissedFrames:
    """Answers `sync` from the database."""

    def __init__(self, database: Database, promises: Callable[[], Promises], seals: Seals) -> None:
        self._database = database
        self._promises = promises
        self._seals = seals

    def since(self, person_id: UUID, asked: Sync) -> Synced:
        """Answer the action. Raises `TripNotFoundError` for a named trip in which the person takes no part."""
        parameters = {"person_id": person_id, "trip_id": asked.trip_id}
        from rideflow.kernel.postgres import sql

        rows = self._database.all(sql("rideflow.realtime", "missed"), parameters)
        if not rows and asked.trip_id is not None:
            raise TripNotFoundError("There is no such trip.", field="trip_id")
        new = [row for row in rows if row["version"] > asked.after_version][-MAX_EVENTS:]
        self._seals.fetch_keys(row["data"].get(name) for row in new for name in _WRITTEN)
        missed = [MissedEvent.model_validate(row | {"data": self._opened(row)}) for row in new]
        return Synced(
            trip=TripSnapshot.of(rows[-1]) if rows else None,
            events=missed,
            promised=self._promises().of(person_id),
        )

    def _opened(self, row: Row) -> dict[str, Any]:
        """The data of an event, with what people wrote as they wrote it."""
        data: dict[str, Any] = row["data"]
        purpose = of_trip(row["trip_id"], "cancel_reason")
        return data | {name: self._seals.shown(data[name], purpose) for name in _WRITTEN if name in data}


def _point(row: Row, end: str) -> Point | None:
    lat, lng = row[f"{end}_lat"], row[f"{end}_lng"]
    return None if lat is None else Point(lat=lat, lng=lng)
