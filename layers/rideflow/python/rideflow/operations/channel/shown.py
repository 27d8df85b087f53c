"""What a subscription has been sent of rides and cars, and which of them are to be sent next, the oldest change first."""

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
        self.sent: dict[str, int] = {}

    def place(self, trip_id: str, *, inside: bool) -> None:
        """The ride has changed: it is in the viewport or not, and is to be sent if it is or was."""
        if inside:
            self._inside[trip_id] = None
        else:
            self._inside.pop(trip_id, None)
        if inside or trip_id in self.sent:
            self._pending[trip_id] = None

    def next(self, rides: Mapping[str, Ride], room: int) -> tuple[list[dict[str, Any]], list[str], int]:
        """Those that are new or changed, the ids of those that are gone, and the bytes of both, at most `room`."""
        news: list[dict[str, Any]] = []
        gone: list[str] = []
        used = 0
        self._take_up()
        for trip_id in list(self._pending):
            ride = rides.get(trip_id) if trip_id in self._inside else None
            size = self._size(trip_id, ride)
            if used + size > room:
                break
            used += size
            del self._pending[trip_id]
            if size and ride is not None:
                self.sent[trip_id] = ride.sends
                news.append(ride.shown)
            elif size:
                del self.sent[trip_id]
                gone.append(trip_id)
        return news, gone, used

    def _size(self, trip_id: str, ride: Ride | None) -> int:
        """The bytes that the ride takes in a frame; 0 if there is nothing to send of it."""
        known = self.sent.get(trip_id)
        if ride is None:
            return 0 if known is None else _ID_BYTES
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
        self.inside: set[str] = set()

    def __len__(self) -> int:
        """How many cars the app knows."""
        return len(self._handle_of)

    def place(self, driver_id: str, *, inside: bool) -> None:
        """The car has changed: it is in the viewport or not, and is to be sent if it is or was."""
        if inside:
            self.inside.add(driver_id)
        else:
            self.inside.discard(driver_id)
        if inside or driver_id in self._handle_of:
            self._pending.setdefault(driver_id)

    def send_all(self) -> None:
        """Nothing was sent of the cars in the viewport."""
        self._pending = dict.fromkeys(self.inside)

    def wait(self) -> None:
        """Nothing is sent of cars: they are counted in cells."""
        self._pending.clear()

    def next(self, cars: Mapping[str, Car], room: int) -> dict[str, Any]:
        """The members `cars`, `named` and `gone` of a frame, as far as they are not empty, in at most `room` bytes."""
        told: dict[str, Any] = {"cars": [], "named": {}, "gone": []}
        used = 0
        for driver_id in list(self._pending):
            size = self._add(driver_id, cars.get(driver_id), room - used, told)
            if size is None:
                break
            used += size
            del self._pending[driver_id]
        return {name: members for name, members in told.items() if members}

    def _add(self, driver_id: str, car: Car | None, room: int, told: dict[str, Any]) -> int | None:
        """Add what is to be sent of the car. Returns its bytes, or None if it takes more than `room`."""
        handle = self._handle_of.get(driver_id)
        if car is None or car.lat is None or car.lng is None or driver_id not in self.inside:
            return 0 if handle is None else self._add_gone(driver_id, handle, room, told)
        now = (car.lat, car.lng, car.state, car.heading)
        if self._sent.get(driver_id) == now:
            return 0
        number = self._handles + 1 if handle is None else handle
        size = len(f"[{number},{car.lat},{car.lng},{car.state},{car.heading}],")
        if handle is None:
            size += _ID_BYTES + len(f'"{number}":')
        if size > room:
            return None
        told["cars"].append([number, *now])
        self._sent[driver_id] = now
        if handle is None:
            self._handles = self._handle_of[driver_id] = number
            told["named"][str(number)] = driver_id
        return size

    def _add_gone(self, driver_id: str, handle: int, room: int, told: dict[str, Any]) -> int | None:
        size = len(f"{handle},")
        if size > room:
            return None
        told["gone"].append(handle)
        del self._handle_of[driver_id], self._sent[driver_id]
        return size
