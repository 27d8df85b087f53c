"""What a subscription has been sent of rides and cars, and what of them is to be sent next, the oldest change first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rideflow.kernel.json_text import json_bytes
from rideflow.operations.channel.fleet import Car
from rideflow.operations.channel.rides import Ride

type Sent = tuple[int, int, int, int]
"""Latitude, longitude, state and heading of a car, as they were sent."""

_ID_BYTES = 39
"""An id with quotes and comma."""


class ShownRides:
    """Requests, or trips: those in the viewport, those that were sent, and those that wait to be sent. At most `most`
    are sent.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._inside: dict[str, None] = {}
        self._pending: dict[str, None] = {}
        self._leaving: dict[str, None] = {}
        self.sent: dict[str, int] = {}

    @property
    def leaving_bytes(self) -> int:
        """What `gone` takes in a frame."""
        return _ID_BYTES * len(self._leaving)

    def place(self, trip_id: str, *, inside: bool) -> None:
        """The ride has changed: it is in the viewport and is to be sent, or it is not and the app is to forget it."""
        if inside:
            self._inside[trip_id] = self._pending[trip_id] = None
            self._leaving.pop(trip_id, None)
            return
        self._inside.pop(trip_id, None)
        self._pending.pop(trip_id, None)
        if trip_id in self.sent:
            self._leaving[trip_id] = None

    def gone(self) -> list[str]:
        """Those that the app is to forget, all of them: what it shows is never more than what is counted."""
        gone = list(self._leaving)
        self._leaving.clear()
        for trip_id in gone:
            del self.sent[trip_id]
        return gone

    def news(self, rides: Mapping[str, Ride], room: int) -> tuple[list[dict[str, Any]], int]:
        """Those that are new or changed, and their bytes, at most `room`."""
        news: list[dict[str, Any]] = []
        used = 0
        self._take_up()
        for trip_id in list(self._pending):
            size = self._size(trip_id, ride := rides[trip_id])
            if used + size > room:
                break
            used += size
            del self._pending[trip_id]
            if size:
                self.sent[trip_id] = ride.sends
                news.append(ride.shown)
        return news, used

    def _size(self, trip_id: str, ride: Ride) -> int:
        """The bytes that the ride takes in a frame; 0 if there is nothing to send of it."""
        known = self.sent.get(trip_id)
        if known == ride.sends or (known is None and len(self.sent) >= self._most):
            return 0
        return len(json_bytes(ride.shown)) + 1

    def _take_up(self) -> None:
        """Some were not sent because there were too many. They are sent in place of those that have gone."""
        if len(self.sent) < self._most and len(self.sent) + len(self._pending) < len(self._inside):
            for trip_id in self._inside:
                if trip_id not in self.sent:
                    self._pending.setdefault(trip_id)


class ShownCars:
    """Cars that are sent one by one, under handles that count up."""

    def __init__(self) -> None:
        self._handles = 0
        self._handle_of: dict[str, int] = {}
        self._sent: dict[str, Sent] = {}
        self._pending: dict[str, None] = {}
        self._leaving: dict[str, None] = {}
        self.inside: set[str] = set()

    def __len__(self) -> int:
        """How many cars the app knows."""
        return len(self._handle_of)

    @property
    def leaving_bytes(self) -> int:
        """What `gone` takes in a frame, at most."""
        return (len(str(self._handles)) + 1) * len(self._leaving)

    def place(self, driver_id: str, *, inside: bool) -> None:
        """The car has changed: it is in the viewport and is to be sent, or it is not and the app is to forget it."""
        if inside:
            self.inside.add(driver_id)
            self._pending.setdefault(driver_id)
            self._leaving.pop(driver_id, None)
            return
        self.inside.discard(driver_id)
        self._pending.pop(driver_id, None)
        if driver_id in self._handle_of:
            self._leaving[driver_id] = None

    def send_all(self) -> None:
        """Nothing was sent of the cars in the viewport."""
        self._pending = dict.fromkeys(self.inside)

    def wait(self) -> None:
        """Nothing is sent of cars: they are counted in cells."""
        self._pending.clear()

    def gone(self) -> list[int]:
        """The handles of the cars that the app is to forget, all of them."""
        gone = [self._handle_of.pop(driver_id) for driver_id in self._leaving]
        for driver_id in self._leaving:
            del self._sent[driver_id]
        self._leaving.clear()
        return gone

    def news(self, cars: Mapping[str, Car], room: int) -> tuple[list[list[int]], dict[str, str], int]:
        """New and changed cars as they are on the wire, the drivers of new handles, and the bytes of both."""
        news: list[list[int]] = []
        named: dict[str, str] = {}
        used = 0
        for driver_id in list(self._pending):
            car = cars[driver_id]
            now = (car.lat or 0, car.lng or 0, car.state, car.heading)
            if self._sent.get(driver_id) != now:
                handle = self._handle_of.get(driver_id, self._handles + 1)
                size = len(f"[{handle},{now[0]},{now[1]},{now[2]},{now[3]}],")
                if handle > self._handles:
                    size += _ID_BYTES + len(f'"{handle}":')
                if used + size > room:
                    break
                used += size
                news.append([handle, *now])
                self._sent[driver_id] = now
                if handle > self._handles:
                    self._handles = self._handle_of[driver_id] = handle
                    named[str(handle)] = driver_id
            del self._pending[driver_id]
        return news, named, used
