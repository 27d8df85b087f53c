"""A driver of a scene: drives along streets, cruises and waits between rides, and now and then lets an offer go."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

import httpx
from websockets import WebSocketException

from rideflow.kernel.geo import distance_m
from simulation.api import ApiProblemError, Json, LiveConnection, told
from simulation.driver import STANDING_STEP_S, Driver
from simulation.drives import Journey, journey
from simulation.measures import Latencies
from simulation.pace import Pace
from simulation.people import Account
from simulation.rider import Ride
from simulation.scenes.plan import ScenePlan, Shift, Wish, cruise_to, lot, terminal
from simulation.scenes.streets import Streets, point_of

MOVING_STEP_S = 4.0
"""Wall seconds between two positions of a car that drives, as the contract of the WebSocket asks for."""

_CORNER_STEP_S = 1.0
"""A phone also tells each corner at which the car turns, but not sooner than this: so the car stays on its street."""

UNSEEN_START_M = 230.0
"""A phone comes into sight so far from the pickup in a ride that is not played at the pace of life: see `_ride`."""

NO_SHOW_AFTER_S = 305.0
"""Wall seconds after which a driver whose rider does not come ends the trip. The market's rules say 300."""

_SILENT_S = (40.0, 55.0)
"""A phone without a signal, in wall seconds: long enough to be seen as silent, too short to be taken offline."""

_STANDING = 0.18
"""The share of a drive that a car stands at lights."""

_PARKED_S = (40.0, 240.0)
"""Ride seconds that a free car stays where it is."""

_THINKS_S = (1.0, 4.0)
_LATEST_ANSWER_S = 3.0
"""Wall seconds until a driver answers an offer, and how long before its end an answer comes too late."""

_KNOWN_WITHIN_S = 1.0
_ENDED_AGAIN_AFTER_S = (1.0, 4.0, 15.0, 30.0)

_CALLED_OFF = (ApiProblemError, TimeoutError, httpx.HTTPError, WebSocketException)


class Car(Driver):
    """A driver whose evening is a shift. `wishes` are those of all riders, by the id of their request."""

    def __init__(  # noqa: PLR0917 - a phone, and what its driver knows
        self,
        account: Account,
        vehicle_id: str,
        shift: Shift,
        plan: ScenePlan,
        streets: Streets,
        wishes: dict[str, Wish],
        pace: Pace,
        latencies: Latencies,
    ) -> None:
        super().__init__(account, vehicle_id, point_of(streets.corners[shift.start]), pace, latencies)
        self._shift, self._plan, self._streets, self._wishes = shift, plan, streets, wishes
        self._draw = random.Random(shift.seed)  # noqa: S311 - a simulation
        self._stand, self._where = shift.start, streets.corners[shift.start]
        self._news = asyncio.Event()
        self._ride: Ride | None = None
        self._is_off = False
        self._silent_until = 0.0
        self.rides_taken = 0
        self.offers_passed = 0
        self.troubles: list[str] = []
        self._closing = False

    async def work(self, websocket_url: str, rides: dict[str, Ride]) -> None:
        """The shift, until the driver leaves or the scene closes. The driver is offline afterwards."""
        self._rides = rides
        await self._go_online()
        async with LiveConnection.open(websocket_url, self._account.token) as live:
            live.listen(self._hear)
            await self._report(live)
            while not self._is_done():
                self.state = "free"
                offer = await self._wait(live)
                if offer is not None:
                    await self._answer(live, offer)
        await self.leave()

    def go_home(self) -> None:
        """Go offline as soon as no ride is in hand: the scene is over."""
        self._closing = True
        self._news.set()

    async def leave(self) -> None:
        """End the trip in hand, if any, and go offline. Never fails: a stack that stops may be gone already."""
        if self.state == "with rider" and self._ride is not None:
            with suppress(*_CALLED_OFF, OSError):
                await self._account.api.post(f"/v1/trips/{self._ride.trip_id}/complete")
        with suppress(*_CALLED_OFF, OSError):
            await self._account.api.post("/v1/drivers/me/offline")
            self.state = "offline"

    def _is_done(self) -> bool:
        leaves_s = self._shift.leaves_after_s
        return self._closing or (leaves_s is not None and self._pace.now() > leaves_s)

    async def _go_online(self) -> None:
        self._is_off = False
        await self._account.api.post("/v1/drivers/me/online", {"vehicle_id": self._vehicle_id, **self._at.model_dump()})

    async def _wait(self, live: LiveConnection) -> Json | None:
        """Stand for a while and then cruise, until an offer comes. None if none did."""
        if self._is_off:
            await self._go_online()
            await self._report(live)
        await self._stay(live, self._draw.uniform(*_PARKED_S), until=self._has_offer)
        if not self._has_offer() and not self._is_done():
            await self._cruise(live)
        offer = None
        while not self._offers.empty():
            offer = self._offers.get_nowait()
        return offer

    async def _cruise(self, live: LiveConnection) -> None:
        at_airport = distance_m(self._at, point_of(self._streets.corners[terminal(self._streets)])) < 3_000
        if at_airport and (self._shift.waits_at_airport or self._draw.random() < 0.5):
            to = lot(self._streets)
        else:
            to = cruise_to(self._plan.hour_at(self._pace.now()), self._plan.areas, self._draw, self._streets)
        await self._drive_to(live, to, until=lambda: self._has_offer() or self._is_done())

    def _has_offer(self) -> bool:
        return not self._offers.empty()

    async def _answer(self, live: LiveConnection, offer: Json) -> None:
        """Think, and accept, decline or let it run out."""
        ride, chance = await self._known(offer["trip_id"]), self._draw.random()
        if ride is None:
            self.offers_passed += 1
            await live.send("offer.decline", trip_id=offer["trip_id"])
            return
        if chance < self._shift.lets_pass:
            self.offers_passed += 1
            return
        left_s = (datetime.fromisoformat(offer["expires_at"]) - datetime.now(UTC)).total_seconds() - _LATEST_ANSWER_S
        await self._stay_wall(live, min(self._draw.uniform(*_THINKS_S), max(left_s, 0.0)))
        if left_s < 0:
            return
        if chance < self._shift.lets_pass + self._shift.declines:
            self.offers_passed += 1
            await live.send("offer.decline", trip_id=offer["trip_id"])
        elif await self._accept(live, ride):
            self._ride = ride
            try:
                await self._take(live, ride, self._wishes[ride.request.id])
            except _CALLED_OFF as error:
                await self._give_back(ride, error)
            self._ride = None  # not if the driver is stopped: the ride is then ended by `leave`

    async def _known(self, trip_id: str) -> Ride | None:
        """The scene's ride of a trip, whose offer may be quicker than the answer to its request.

        A stranger's trip is none: its rider, somebody at the keyboard, would have to read the PIN out.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(_KNOWN_WITHIN_S):
                while trip_id not in self._rides:  # noqa: ASYNC110 - riders do not tell drivers
                    await asyncio.sleep(0.05)
        return self._rides.get(trip_id)

    async def _take(self, live: LiveConnection, ride: Ride, wish: Wish) -> None:
        """From the assignment to the ratings, or until the rider calls it off."""
        self.rides_taken += 1
        api, trip = self._account.api, f"/v1/trips/{ride.trip_id}"
        if self._shift.silent_on_ride == self.rides_taken:
            self._silent_until = time.perf_counter() + self._draw.uniform(*_SILENT_S)
        self.state, began_s = "to pickup", self._pace.now()
        if not await self._drive_to(live, wish.pickup, until=lambda: _is_over(ride)):
            return
        ride.approach_s = self._pace.now() - began_s
        self._silent_until = 0.0
        await self._report(live)
        await self._arrive(live, trip)
        ride.waited_s = self._pace.now() - ride.requested_s
        if not await self._board(live, ride, wish):
            return
        async with asyncio.timeout(NO_SHOW_AFTER_S):
            pin = await ride.pin
        await api.post(f"{trip}/start", {"pin": pin})
        self.state, began_s = "with rider", self._pace.now()
        await self._drive_to(live, wish.dropoff, until=lambda: False, unseen_m=self._unseen_m())
        ride.driven_s = self._pace.now() - began_s
        await api.post(f"{trip}/complete")
        self.rides_driven += 1
        await api.post(f"{trip}/ratings", {"stars": self._draw.choices((5, 4, 3), (88, 9, 3))[0]})

    async def _board(self, live: LiveConnection, ride: Ride, wish: Wish) -> bool:
        """Whether the rider is on board. One who does not come is waited for, and the trip is ended as a no-show."""
        if wish.comes:
            await self._stay(live, wish.boards_s, until=lambda: _is_over(ride))
            return not _is_over(ride)
        await self._stay_wall(live, NO_SHOW_AFTER_S, until=lambda: _is_over(ride))
        await self._report(live)
        await self._account.api.post(f"/v1/trips/{ride.trip_id}/cancel", {"reason": "nobody came"})
        return False

    async def _give_back(self, ride: Ride, error: Exception) -> None:
        """Note and end a ride that failed, so that it is not stuck; one that the rider called off is no trouble."""
        what = "complete" if self.state == "with rider" else "cancel"
        for wait_s in _ENDED_AGAIN_AFTER_S:
            try:
                if not await self._drives(ride.trip_id):
                    return
                await self._account.api.post(f"/v1/trips/{ride.trip_id}/{what}")
            except _CALLED_OFF:
                await asyncio.sleep(wait_s)
            else:
                self.troubles.append(f"trip {ride.trip_id}: {told(error)}")
                return
        self.troubles.append(f"trip {ride.trip_id} could not be ended: {told(error)}")

    def _unseen_m(self) -> float:
        """How far from the pickup the phone of a ride comes into sight.

        The product prices a driven path by its wall minutes, of which a ride that is played fast has too few. Its path
        has a hole at the start, so the quote stands (ADR 104), and the map sees the car all the same.
        """
        return UNSEEN_START_M if self._pace.fastest > 1 else 0.0

    async def _stay(self, live: LiveConnection, ride_s: float, *, until: Callable[[], bool]) -> None:
        """Stand for so many ride seconds, or until something happens."""
        end_s = self._pace.now() + ride_s
        while (left_s := end_s - self._pace.now()) > 0 and not until() and not self._is_over():
            await self._nap(min(left_s / self._pace.speed, self._standing_left_s()))
            if self._standing_left_s() <= 0:
                await self._report(live)

    async def _stay_wall(
        self, live: LiveConnection, wall_s: float, *, until: Callable[[], bool] = lambda: False
    ) -> None:
        end = time.perf_counter() + wall_s
        while (left_s := end - time.perf_counter()) > 0 and not until():
            await self._nap(min(left_s, self._standing_left_s()))
            if self._standing_left_s() <= 0:
                await self._report(live)

    def _is_over(self) -> bool:
        return self._closing and self.state == "free"

    def _standing_left_s(self) -> float:
        return max(0.0, self._reported_at + STANDING_STEP_S - time.perf_counter())

    async def _nap(self, wall_s: float) -> None:
        """Wait, but not when there is news."""
        self._news.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(max(wall_s, 0.001)):
                await self._news.wait()

    async def _drive_to(
        self, live: LiveConnection, corner: int, *, until: Callable[[], bool], unseen_m: float = 0.0
    ) -> bool:
        """Drive to a corner. False if `until` came true before; the car then is between two corners."""
        way, start = self._streets.way(self._stand, corner), self._at
        corners = [self._where, *self._streets.places(way)]
        if len(corners) > 1 and corners[0] == corners[1]:
            corners, way = corners[1:], way[1:]
        if not way:
            self._stand = corner
            return not until()
        drive, began_s = journey(self._draw, corners, _STANDING), self._pace.now()
        turns = drive.corner_times()
        while (at_s := self._pace.now() - began_s) < drive.duration_s:
            self._move(drive, at_s, way)
            if until():
                return False
            if not unseen_m or distance_m(start, self._at) > unseen_m:
                unseen_m = 0.0
                if self._is_due(at_s, turns):
                    await self._report(live, drive.heading_deg(at_s))
            await self._nap(self._next_s(drive.duration_s - at_s, [turn - at_s for turn in turns[:1]]))
        self._stand, self._where = corner, self._streets.corners[corner]
        self._at = point_of(self._where)
        await self._report(live, drive.heading_deg(drive.duration_s))
        return not until()

    def _move(self, drive: Journey, at_s: float, way: list[int]) -> None:
        self._where = drive.place(at_s)
        self._at = point_of(self._where)
        self._stand = way[min(drive.piece(at_s), len(way) - 1)]

    def _is_due(self, at_s: float, turns: list[float]) -> bool:
        since_s = time.perf_counter() - self._reported_at
        if turns and turns[0] <= at_s and since_s >= _CORNER_STEP_S:
            while turns and turns[0] <= at_s:
                turns.pop(0)
            return True
        return since_s >= MOVING_STEP_S

    def _next_s(self, left_s: float, turn_s: list[float]) -> float:
        """Wall seconds until the next position, or until the end of the drive."""
        since_s = time.perf_counter() - self._reported_at
        steps = [left_s / self._pace.speed, max(MOVING_STEP_S - since_s, 0.05)]
        steps += [max(each / self._pace.speed, _CORNER_STEP_S - since_s, 0.05) for each in turn_s]
        return min(steps)

    async def _report(self, live: LiveConnection, heading: float | None = None) -> None:
        if time.perf_counter() < self._silent_until:
            self._reported_at = time.perf_counter()
            return
        await super()._report(live, heading)

    def _hear(self, frame: Json) -> None:
        super()._hear(frame)
        if frame["type"] == "problem" and frame["data"].get("code") == "driver_not_online":
            self._is_off = True
        if frame["type"] in {"trip.offer", "trip.updated", "problem"}:
            self._news.set()


def _is_over(ride: Ride) -> bool:
    """Whether the driver's app shows that there is nobody to pick up."""
    return ride.state in {"cancelled", "no_driver_found"}
