"""The riders and drivers of one process, and a whole ride: every act is a handler's, from the quote to the receipt."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import cycle
from typing import Any
from uuid import UUID

from benchmarks.aws import CloudInPlace
from benchmarks.deliveries import Deliveries
from benchmarks.events import connect_event, rest_event, websocket_event
from benchmarks.fixtures import DROPOFF, PICKUP
from functions.dispatch import accept_offer
from functions.locations import record_position
from functions.payments import get_receipt
from functions.pricing import request_quote
from functions.realtime import connect
from functions.trips import arrive_at_pickup, complete_trip, get_trip, request_trip, start_trip
from rideflow.kernel.geo import Point
from simulation.travel import between

type Json = dict[str, Any]
type App = Callable[[Json, Any], Any]
type Around = Callable[[App], AbstractContextManager[None]]

_START = Point(lat=37.7790, lng=-122.4170)
_TO_PICKUP, _TO_DROPOFF = 3, 5
"""Positions on the way; a car sends one more while it waits for an offer."""


_NEVER = datetime.min.replace(tzinfo=UTC)
_BEHIND = timedelta(milliseconds=20)
"""A position is recorded in less than a millisecond, so its time must lie behind: of several in a row the last would
otherwise lie ahead, and an arrival right after it would be judged by the one before."""


@dataclass
class Driver:
    """A driver's phone, whose clock is `_BEHIND`.

    `sent` is the time of its last position, in whole milliseconds: no two are of the same.
    """

    id: UUID
    sent: datetime = _NEVER

    def now(self) -> datetime:
        now = datetime.now(UTC) - _BEHIND
        now -= timedelta(microseconds=now.microsecond % 1000)
        self.sent = max(now, self.sent + timedelta(milliseconds=1))
        return self.sent


def nothing_around(_: App) -> AbstractContextManager[None]:
    """Watch nothing."""
    return nullcontext()


class Town:
    """Takes one ride after the other. Riders have a card at Stripe, drivers are online."""

    def __init__(
        self, cloud: CloudInPlace, riders: list[UUID], drivers: list[UUID], around: Around = nothing_around
    ) -> None:
        """`around` is entered for each operation together with the work that follows."""
        self._cloud, self._around = cloud, around
        self._deliveries = Deliveries(cloud)
        self._riders = cycle(riders)
        self._drivers = {driver_id: Driver(driver_id) for driver_id in drivers}
        self._waiting = cycle(self._drivers.values())
        for person_id in (*riders, *drivers):
            _answer(connect.app, connect_event(person_id))

    def ride(self) -> UUID:
        """A whole ride; returns its trip."""
        rider_id = next(self._riders)
        self._drive(next(self._waiting), [_START])
        trip_id = self._requested(rider_id)
        driver = self._accepted(trip_id)
        self._drive(driver, _way(_START, PICKUP, _TO_PICKUP))
        self._act(arrive_at_pickup.app, f"/v1/trips/{trip_id}/arrive", driver.id, "trip:drive", {})
        pin = self._act(get_trip.app, f"/v1/trips/{trip_id}", rider_id, "trip:read", None)["pin"]
        self._act(start_trip.app, f"/v1/trips/{trip_id}/start", driver.id, "trip:drive", {"pin": pin})
        self._drive(driver, _way(PICKUP, DROPOFF, _TO_DROPOFF))
        self._act(complete_trip.app, f"/v1/trips/{trip_id}/complete", driver.id, "trip:drive", {})
        self._act(get_receipt.app, f"/v1/trips/{trip_id}/receipt", rider_id, "trip:read", None)
        for person_id in (rider_id, driver.id):
            self._cloud.take_frames(str(person_id))
        return trip_id

    def _requested(self, rider_id: UUID) -> UUID:
        wish = {"pickup": PICKUP.model_dump(), "dropoff": DROPOFF.model_dump(), "product": "economy"}
        quote = self._act(request_quote.app, "/v1/quotes", rider_id, "quote:create", wish)
        trip = self._act(request_trip.app, "/v1/trips", rider_id, "trip:create", {"quote_id": quote["id"]})
        return UUID(trip["id"])

    def _accepted(self, trip_id: UUID) -> Driver:
        """The driver whose phone shows the offer accepts it."""
        for driver in self._drivers.values():
            frames = self._cloud.take_frames(str(driver.id))
            if any(frame["type"] == "trip.offer" and frame["data"]["trip_id"] == str(trip_id) for frame in frames):
                self._act(accept_offer.app, f"/v1/trips/{trip_id}/offer/accept", driver.id, "offer:answer", {})
                return driver
        raise RuntimeError(f"the trip under measurement was offered to nobody: {trip_id}")

    def _drive(self, driver: Driver, way: list[Point]) -> None:
        for place in way:
            fields = {**place.model_dump(), "recorded_at": driver.now().isoformat(), "ack": True}
            event = websocket_event("location", driver.id, "location:write", **fields)
            with self._around(record_position.app):
                frame = _answer(record_position.app, event)
            if frame["type"] != "location.recorded":
                raise RuntimeError(f"a position under measurement was not believed: {frame}")

    def _act(self, app: App, path: str, person_id: UUID, permission: str, body: Json | None) -> Json:
        """A REST operation, and all work that follows from it."""
        with self._around(app):
            answer = _answer(app, rest_event(path, person_id, permission, body))
            self._deliveries.run()
        return answer


def _answer(app: App, event: Json) -> Json:
    answer = app(event, None)
    if answer["statusCode"] >= 300:
        raise RuntimeError(f"a handler under measurement refused: {answer}")
    return dict(json.loads(answer["body"])) if answer.get("body") else {}


def _way(start: Point, end: Point, positions: int) -> list[Point]:
    """Places on the way, with the end and without the start."""
    return [between(start, end, number / positions) for number in range(1, positions + 1)]
