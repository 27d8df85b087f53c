"""A driver's phone: sends positions, takes offers, drives to the pickup and to the dropoff."""

from __future__ import annotations

import asyncio
import itertools
import time
from datetime import UTC, datetime

from rideflow.kernel.geo import Point
from simulation.api import ApiProblemError, Json, LiveConnection
from simulation.measures import Latencies
from simulation.pace import Pace
from simulation.people import Account
from simulation.rider import FINAL_STATES, Ride
from simulation.travel import between, driving_s, heading_deg

BUSY_STEP_RIDE_S = 4.0
"""Ride seconds between two positions of a driving car."""

SHORTEST_STEP_S = 0.4
"""The shortest interval between two positions of a phone, at any speed of the simulation."""

STANDING_STEP_S = 15.0
"""Wall seconds between two positions of a car that stands and waits: it is matchable for 30 s after the last."""

ACK_EVERY = 4
"""A phone asks for an answer to every position of this number. The answers show whether the cloud is late."""

SILENT_AT_MOST_S = 25.0
"""The longest silence of a phone in wall seconds: after 60 the product considers the driver gone."""

_ANSWER_S = 20.0
_NOT_SEEN_YET = frozenset({"not_at_pickup", "position_unknown"})
_SEEN_AGAIN_S = 3.0
"""A phone that was out of sight sends often for this long: positions that agree outvote the last one before."""


class Driver:
    """One driver with one car."""

    def __init__(self, account: Account, vehicle_id: str, start: Point, pace: Pace, latencies: Latencies) -> None:
        self._account = account
        self._vehicle_id = vehicle_id
        self._at = start
        self._pace = pace
        self._latencies = latencies
        self._rides: dict[str, Ride] = {}
        self._offers: asyncio.Queue[Json] = asyncio.Queue()
        self._assigned: dict[str, asyncio.Future[bool]] = {}
        self._sent: dict[str, float] = {}
        self._reported_at = 0.0
        self._reports = itertools.count()
        self.rides_driven = 0
        self.state = "offline"

    async def work(self, websocket_url: str, rides: dict[str, Ride]) -> None:
        """Go online and serve offers until cancelled."""
        self._rides = rides
        await self._account.api.post("/v1/drivers/me/online", {"vehicle_id": self._vehicle_id, **self._at.model_dump()})
        async with LiveConnection.open(websocket_url, self._account.token) as live:
            live.listen(self._hear)
            while True:
                self.state = "free"
                await self._report(live)
                try:
                    async with asyncio.timeout(STANDING_STEP_S):
                        offer = await self._offers.get()
                except TimeoutError:
                    continue
                await self._serve(live, offer)

    async def _serve(self, live: LiveConnection, offer: Json) -> None:
        ride = self._rides.get(offer["trip_id"])
        if ride is None or not await self._accept(live, ride):
            return
        self.state = "to pickup"
        ride.approach_s = await self._drive(live, ride.request.pickup, driving_s(self._at, ride.request.pickup))
        if await self._carry(live, ride):
            self.rides_driven += 1

    async def _accept(self, live: LiveConnection, ride: Ride) -> bool:
        answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._assigned[ride.trip_id] = answer
        ride.accepted_at = time.perf_counter()
        await live.send("offer.accept", trip_id=ride.trip_id)
        try:
            async with asyncio.timeout(_ANSWER_S):
                return await answer
        except TimeoutError:
            return await self._drives(ride.trip_id)
        finally:
            del self._assigned[ride.trip_id]

    async def _drives(self, trip_id: str) -> bool:
        """Ask by REST: an answer over the WebSocket can be late or lost, an assignment cannot."""
        try:
            trip = await self._account.api.get(f"/v1/trips/{trip_id}")
        except ApiProblemError as problem:
            if problem.status == 404:  # probably another driver's trip, which looks as if it did not exist
                return False
            raise
        return trip["state"] not in FINAL_STATES

    async def _carry(self, live: LiveConnection, ride: Ride) -> bool:
        """Arrive, start with the rider's PIN, drive, complete. False when the rider cancelled on the way."""
        api, trip = self._account.api, f"/v1/trips/{ride.trip_id}"
        try:
            await self._arrive(live, trip)
            async with asyncio.timeout(_ANSWER_S):
                pin = await ride.pin
            await api.post(f"{trip}/start", {"pin": pin})
            self.state = "with rider"
            ride.driven_s = await self._drive(
                live, ride.request.dropoff, ride.request.duration_s, has_signal=self._pace.speed <= 1
            )
            await api.post(f"{trip}/complete")
            await api.post(f"{trip}/ratings", {"stars": 5})
            await self._come_into_sight(live)
        except ApiProblemError as problem:
            if problem.status == 409 and ride.state in FINAL_STATES:
                return False
            raise
        return True

    async def _arrive(self, live: LiveConnection, trip: str) -> None:
        """An arrival is believed only after a position at the pickup; the last position may still be on its way."""
        async with asyncio.timeout(_ANSWER_S):
            while True:
                try:
                    await self._account.api.post(f"{trip}/arrive")
                except ApiProblemError as problem:
                    if problem.code not in _NOT_SEEN_YET:
                        raise
                    await asyncio.sleep(SHORTEST_STEP_S)
                    await self._report(live)
                else:
                    return

    async def _come_into_sight(self, live: LiveConnection) -> None:
        until = time.perf_counter() + _SEEN_AGAIN_S
        while time.perf_counter() < until:
            await self._report(live)
            await asyncio.sleep(SHORTEST_STEP_S)

    async def _drive(
        self, live: LiveConnection, destination: Point, duration_s: float, *, has_signal: bool = True
    ) -> float:
        """Drive, and return the ride seconds that it took.

        A ride that is played in a tenth of its minutes is no evidence for their price. Its phone has no signal, so that
        the quote stands (ADR 104).
        """
        pace, start, began_s = self._pace, self._at, self._pace.now()
        heading = heading_deg(start, destination)
        while (now_s := pace.now()) < began_s + duration_s:
            self._at = between(start, destination, (now_s - began_s) / duration_s)
            if has_signal or time.perf_counter() - self._reported_at > SILENT_AT_MOST_S:
                await self._report(live, heading)
            await pace.until(now_s + max(BUSY_STEP_RIDE_S, SHORTEST_STEP_S * pace.speed))
        self._at = destination
        if has_signal:
            await self._report(live, heading)
        return pace.now() - began_s

    async def _report(self, live: LiveConnection, heading: float | None = None) -> None:
        self._tell_what_is_late()
        self._reported_at = time.perf_counter()
        recorded_at = datetime.now(UTC).isoformat().replace("+00:00", "Z")
        fields: Json = {} if heading is None else {"heading_deg": round(heading, 1)}
        if next(self._reports) % ACK_EVERY == 0:
            self._sent[recorded_at] = time.perf_counter()
            fields["ack"] = True
        await live.send("location", **self._at.model_dump(), recorded_at=recorded_at, sent_at=recorded_at, **fields)

    def _tell_what_is_late(self) -> None:
        """Report the oldest unanswered position to the pace, with the time since it was sent."""
        for sent in list(self._sent.values())[:1]:
            self._pace.answered(time.perf_counter() - sent)

    def _hear_position(self, recorded_at: str) -> None:
        sent = self._sent.pop(recorded_at, None)
        if sent is None:
            return
        took_s = time.perf_counter() - sent
        self._latencies.add("position_to_index", took_s)
        self._pace.answered(took_s)
        self._sent = {at: when for at, when in self._sent.items() if when > sent}  # older ones were lost

    def _hear(self, frame: Json) -> None:
        match frame["type"]:
            case "trip.offer":
                self._note_offer(frame["data"]["trip_id"])
                self._offers.put_nowait(frame["data"])
            case "offer.accepted" | "offer.refused":
                self._settle(frame["data"].get("trip_id"), frame["type"] == "offer.accepted")
            case "location.recorded":
                self._hear_position(frame["data"]["recorded_at"])
            case "problem":
                for trip_id in list(self._assigned):
                    self._settle(trip_id, accepted=False)

    def _note_offer(self, trip_id: str) -> None:
        ride = self._rides.get(trip_id)
        if ride is not None and not ride.offered_at:
            ride.offered_at = time.perf_counter()
            self._latencies.add("offer", ride.offered_at - ride.requested_at)

    def _settle(self, trip_id: str | None, accepted: bool) -> None:
        answer = self._assigned.get(trip_id or "")
        if answer is not None and not answer.done():
            answer.set_result(accepted)
