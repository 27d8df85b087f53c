"""A screen of the operators' channel: what an app knows of its market from the frames alone."""

from __future__ import annotations

from typing import Any

type Json = dict[str, Any]

STATES = ("free", "to_pickup", "with_rider", "silent")
FREE, TO_PICKUP, WITH_RIDER, SILENT = range(4)


class Screen:
    """Takes frames as they come, and holds each to what is always true of them.

    `cars` are [latitude, longitude, state, heading] by driver, `requests` and `trips` are by id.
    """

    def __init__(self) -> None:
        self.cars: dict[str, list[int]] = {}
        self.requests: dict[str, Json] = {}
        self.trips: dict[str, Json] = {}
        self.cells: list[list[Any]] = []
        self.happened: list[Json] = []
        self.zones: dict[str, Json] = {}
        self.queues: dict[str, int] = {}
        self.data: Json = {}
        self.revision = 0
        self.snapshots = self.deltas = self.gaps = 0
        self._drivers: dict[int, str] = {}

    def take(self, frame: Json) -> None:
        """A frame as it is on the wire. Frames of other types are left alone."""
        if frame["type"] not in {"market.snapshot", "market.delta"}:
            return
        data = self.data = frame["data"]
        if frame["type"] == "market.snapshot":
            self.snapshots += 1
            for known in (self.cars, self.requests, self.trips, self._drivers, self.cells):
                known.clear()
        else:
            self.deltas += 1
            assert self.snapshots, "a delta before any snapshot"
            self.gaps += data["revision"] != self.revision + 1
        self.revision = data["revision"]
        self._take_cars(data)
        for name, rides in (("requests", self.requests), ("trips", self.trips)):
            for trip_id in data.get(f"{name}_gone", []):
                del rides[trip_id]
            rides |= {each["trip_id"]: each for each in data.get(name, [])}
        self.zones |= {each["zone"]: each for each in data.get("zones") or []}
        self.queues |= {each["fifo"]: each["drivers"] for each in data.get("queues") or []}
        self.happened += data.get("happened", [])
        self._adds_up()

    def state_of(self, driver_id: object) -> int | None:
        car = self.cars.get(str(driver_id))
        return None if car is None else car[2]

    def saw(self, trip_id: object) -> list[str]:
        """What happened to the trip."""
        return [each["event"] for each in self.happened if each["trip_id"] == str(trip_id)]

    def _take_cars(self, data: Json) -> None:
        for handle, driver_id in data.get("named", {}).items():
            assert int(handle) not in self._drivers, "a handle is used again"
            self._drivers[int(handle)] = driver_id
        for handle in data.get("gone", []):
            del self.cars[self._drivers.pop(handle)]
        for handle, *car in data.get("cars", []):
            self.cars[self._drivers[handle]] = car
        if data.get("cells") is not None:
            self.cells = list(data["cells"])
        assert not (self.cells and self.cars), "cars are in cells or one by one"

    def _adds_up(self) -> None:
        """What is shown and what is counted outside are everything."""
        counts, outside = self.data["counts"], self.data["outside"]
        shown = sum(sum(by_state) for _, *by_state in self.cells) if self.cells else len(self.cars)
        assert shown + outside["drivers"] == sum(counts[state] for state in STATES)
        assert len(self.requests) + outside["requests"] == counts["waiting"]
        assert len(self.trips) + outside["trips"] == counts["trips"]
        for state in (*STATES, "waiting"):
            assert sum(zone[state] for zone in self.zones.values()) == counts[state]
