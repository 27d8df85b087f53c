"""What one subscription is sent of a market: its next frame, of at most 32 KB.

| of            | is sent                           | up to a number of               | what is not sent           |
|---------------|-----------------------------------|---------------------------------|----------------------------|
| the market    | counts, always                    | -                               | -                          |
| zones, queues | all of them, if any changed       | the market's own                | -                          |
| time line     | what happened                     | 20 a frame                      | the older ones are dropped |
| requests      | those picked up in the viewport   | 300                             | counted in `outside`       |
| trips         | those that lead across it         | 600                             | counted in `outside`       |
| cars          | those in the viewport             | 5,000; more in up to 400 cells  | counted in `outside`       |

What has gone is told at once. Of the rest the oldest changes are sent first. What does not fit into a frame waits for
the next one; by then it may have changed again, and only the newest state is sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

from rideflow.kernel.frames import MAX_FRAME_BYTES
from rideflow.kernel.json_text import json_bytes
from rideflow.operations.channel.cells import finest, in_cells
from rideflow.operations.channel.fleet import Fleet
from rideflow.operations.channel.model import (
    CARS_AGAIN,
    COORDINATE,
    MOST_CARS,
    MOST_HAPPENED,
    MOST_REQUESTS,
    MOST_TRIPS,
    Viewport,
)
from rideflow.operations.channel.rides import Rides
from rideflow.operations.channel.shown import ShownCars, ShownRides

type Picture = dict[str, Any]

ENVELOPE_BYTES = 1_024
"""Room for a frame's envelope and for the names of members."""

RIDES_SHARE = 0.5
"""The share of a frame that requests and trips may take while cars wait for the other one."""

MOST_LEAVING_BYTES = 16_384
"""What the app is to forget is told at once, so that it never shows more than is counted. If it is more than this, or
more than the frame has room for, the app forgets everything, by a snapshot."""

_STATES = ("free", "to_pickup", "with_rider", "silent")


@dataclass(frozen=True, slots=True)
class Overall:
    """What every subscription of a market is told: counts, zones and queues, as they are on the wire."""

    counts: dict[str, int]
    zones: list[dict[str, Any]]
    queues: list[dict[str, Any]]

    @classmethod
    def of(cls, fleet: Fleet, rides: Rides) -> Self:
        since: dict[str, list[str]] = {zone: [] for zone in fleet.counts}
        for ride in rides.rides.values():
            if ride.waits:
                since[ride.zone].append(ride.requested_at)
        zones: list[dict[str, Any]] = [
            {
                "zone": zone,
                **dict(zip(_STATES, by_state, strict=True)),
                "waiting": len(since[zone]),
                "oldest_request_at": min(since[zone], default=None),
            }
            for zone, by_state in fleet.counts.items()
        ]
        counts: dict[str, int] = {name: sum(zone[name] for zone in zones) for name in (*_STATES, "waiting")}
        counts["trips"] = len(rides.rides) - counts["waiting"]
        queues = [{"fifo": fifo, "zone": zone, "drivers": drivers} for fifo, zone, drivers in fleet.queues]
        return cls(counts, zones, queues)


class View:
    """A subscription's view of the market."""

    def __init__(self, viewport: Viewport, fleet: Fleet, rides: Rides) -> None:
        self._fleet, self._rides = fleet, rides
        self._viewport, self._resolution = viewport, finest(viewport)
        self._happened: list[dict[str, Any]] = []
        self.begin_anew()

    def begin_anew(self) -> None:
        """Forget what was sent: the next frame is a snapshot."""
        self._anew = True
        self._cells: list[list[Any]] | None = None
        self._cars = ShownCars()
        self._requests, self._trips = ShownRides(MOST_REQUESTS), ShownRides(MOST_TRIPS)
        self._zones: list[dict[str, Any]] | None = None
        self._queues: list[dict[str, Any]] | None = None
        self._place_all()

    def look_at(self, viewport: Viewport) -> None:
        """The app shows another part of the map."""
        if viewport != self._viewport:
            self._viewport, self._resolution = viewport, finest(viewport)
            self._place_all()

    def follow(self) -> None:
        """Take in what has changed with the last reading of the market."""
        for driver_id in self._fleet.changed:
            self._place_car(driver_id)
        for trip_id in self._rides.changed:
            self._place_ride(trip_id)
        self._happened = [*self._happened, *self._rides.happened][-MOST_HAPPENED:]

    def next_frame(self, overall: Overall, market: str, revision: int) -> tuple[bool, Picture]:
        """Whether the next frame is a snapshot, and its members."""
        picture, room = self._begun(overall, market, revision)
        if self._leaving_bytes() > min(MOST_LEAVING_BYTES, room):
            self.begin_anew()
            picture, room = self._begun(overall, market, revision)
        snapshot, self._anew, self._happened = self._anew, False, []
        room -= self._leaving_bytes()
        self._add_gone(picture)
        room -= self._add_rides(picture, int(room * RIDES_SHARE))
        if self._cells is None:
            cars, named, used = self._cars.news(self._fleet.cars, room)
            room -= used
            _put(picture, cars=cars, named=named)
        self._add_rides(picture, room)
        picture["outside"] = self._outside(overall)
        return snapshot, picture

    def _begun(self, overall: Overall, market: str, revision: int) -> tuple[Picture, int]:
        """What is told whatever else there is to tell, and the bytes that are left for the rest."""
        picture: Picture = {"market": market, "revision": revision, "counts": overall.counts, "outside": {}}
        self._choose_cells(picture)
        self._add_overall(picture, overall)
        return picture, MAX_FRAME_BYTES - ENVELOPE_BYTES - len(json_bytes(picture))

    def _place_all(self) -> None:
        for driver_id in self._fleet.cars:
            self._place_car(driver_id)
        for trip_id in self._rides.rides:
            self._place_ride(trip_id)

    def _place_car(self, driver_id: str) -> None:
        car, inside = self._fleet.cars.get(driver_id), False
        if car is not None and car.lat is not None and car.lng is not None:
            inside = self._viewport.holds(car.lat / COORDINATE, car.lng / COORDINATE)
        self._cars.place(driver_id, inside=inside)

    def _place_ride(self, trip_id: str) -> None:
        ride = self._rides.rides.get(trip_id)
        waits = ride is not None and ride.waits and self._viewport.holds(*ride.pickup)
        drives = ride is not None and not ride.waits and self._viewport.meets(ride.pickup, ride.dropoff)
        self._requests.place(trip_id, inside=waits)
        self._trips.place(trip_id, inside=drives)

    def _choose_cells(self, picture: Picture) -> None:
        """Count cars in cells if there are too many of them. The app first forgets the cars it knows, by a snapshot."""
        number = len(self._cars.inside)
        if self._cells is None and number > MOST_CARS:
            self.begin_anew()
            self._cells = []
        elif self._cells is not None and number <= CARS_AGAIN:
            self._cells, picture["cells"] = None, []
            self._cars.send_all()
        if self._cells is not None:
            self._cars.wait()
            cars = (self._fleet.cars[driver_id] for driver_id in self._cars.inside)
            cells, self._resolution = in_cells(cars, self._resolution)
            if cells != self._cells:
                picture["cells"] = self._cells = cells

    def _add_overall(self, picture: Picture, overall: Overall) -> None:
        """What is about the whole market, if it has changed."""
        if overall.zones != self._zones:
            picture["zones"] = self._zones = overall.zones
        if overall.queues != self._queues:
            picture["queues"] = self._queues = overall.queues
        if self._happened:
            picture["happened"] = self._happened

    def _leaving_bytes(self) -> int:
        return self._cars.leaving_bytes + self._requests.leaving_bytes + self._trips.leaving_bytes

    def _add_gone(self, picture: Picture) -> None:
        _put(picture, gone=self._cars.gone(), requests_gone=self._requests.gone(), trips_gone=self._trips.gone())

    def _add_rides(self, picture: Picture, room: int) -> int:
        """Add requests and trips in at most `room` bytes; returns how many they take."""
        requests, used = self._requests.news(self._rides.rides, room)
        trips, used_too = self._trips.news(self._rides.rides, room - used)
        _put(picture, requests=requests, trips=trips)
        return used + used_too

    def _outside(self, overall: Overall) -> dict[str, int]:
        counts = overall.counts
        shown = len(self._cars) if self._cells is None else len(self._cars.inside)
        return {
            "drivers": len(self._fleet.cars) - shown,
            "requests": counts["waiting"] - len(self._requests.sent),
            "trips": counts["trips"] - len(self._trips.sent),
        }


def _put(picture: Picture, **members: Any) -> None:
    """Add members that have something to tell; a list goes on with what is there."""
    for name, told in members.items():
        if told:
            picture[name] = [*picture[name], *told] if name in picture else told
