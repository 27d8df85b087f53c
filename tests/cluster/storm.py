"""A storm: riders and drivers of two zones, played by independent processes."""

from __future__ import annotations

import heapq
import multiprocessing
import random
import time
import traceback
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import cycle
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Event
from threading import Thread
from typing import Any
from uuid import UUID

from rideflow.kernel.errors import ConflictError, UnavailableError
from rideflow.kernel.geo import Point
from rideflow.supply.position import Position
from tests.adapters.dispatch.zone import PATIENCE
from tests.adapters.supply.street import CORNER
from tests.cluster.cloud import Cloud

CENTRES = {"sf-bay": CORNER, "south-bay": Point(lat=37.3352, lng=-121.8938)}
_PROCESSES = 2
_MATCHERS = 2
_POSITION_EVERY_S = 1.0
_RIDE_TAKES_S = 0.7
_PIN = "4711"
_OPEN_OFFERS = "select trip_id, driver_id from offers where zone = %(zone)s and state = 'open'"


@dataclass(frozen=True)
class Stores:
    database_url: str
    redis_url: str


@dataclass(frozen=True)
class Plan:
    """The interval between riders, and the drivers of each zone."""

    drivers: dict[str, list[UUID]]
    rider_every_s: float


@dataclass
class Said:
    """The report of a process after the storm: counts of events, and errors that must never happen."""

    counts: Counter[str] = field(default_factory=Counter)
    mistakes: list[str] = field(default_factory=list)


class Storm:
    """Processes that run until the storm is ended."""

    def __init__(self, stores: Stores, plan: Plan) -> None:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload([__name__])
        self._raining, self._over = context.Event(), context.Event()
        self._raining.set()
        self._pipes, self._processes = [], []
        for number in range(_PROCESSES):
            ours, theirs = context.Pipe()
            arguments = (theirs, stores, plan, number, self._raining, self._over)
            process = context.Process(target=_live, args=arguments, daemon=True)
            process.start()
            theirs.close()
            self._pipes.append(ours)
            self._processes.append(process)
        for pipe in self._pipes:
            assert pipe.poll(60), "a process did not begin"
            pipe.recv()

    def no_more_riders(self) -> None:
        self._raining.clear()

    def end(self) -> Said:
        self._over.set()
        said = Said()
        for pipe, process in zip(self._pipes, self._processes, strict=True):
            if pipe.poll(30):
                with suppress(EOFError):
                    theirs = pipe.recv()
                    said.counts += theirs.counts
                    said.mistakes += theirs.mistakes
            pipe.close()
            process.join(10)
            process.kill()
        return said


def _live(pipe: Connection[Any, Any], stores: Stores, plan: Plan, number: int, raining: Event, over: Event) -> None:
    """Play the roles of one process.

    The first process plays the riders, each plays half of the phones, and both play the drivers' apps, so that every
    accept is sent twice.
    """
    said = Said()
    roles: list[Callable[[Cloud], None]] = [lambda cloud: _works(cloud, over)] * _MATCHERS
    for zone, drivers in plan.drivers.items():
        half = drivers[number::_PROCESSES]
        roles.append(lambda cloud, zone=zone, half=half: _sends_positions(cloud, zone, half, over, said))  # type: ignore[misc]
        roles.append(lambda cloud, zone=zone: _drives(cloud, zone, over, said))  # type: ignore[misc]
        if number == 0:
            roles.append(lambda cloud, zone=zone: _rides(cloud, zone, plan.rider_every_s, raining, over, said))  # type: ignore[misc]
    threads = [Thread(target=_played, args=(role, stores, said), daemon=True) for role in roles]
    for thread in threads:
        thread.start()
    pipe.send(None)
    for thread in threads:
        thread.join()
    pipe.send(said)


def _played(role: Callable[[Cloud], None], stores: Stores, said: Said) -> None:
    cloud = Cloud.of(stores.database_url, stores.redis_url)
    try:
        role(cloud)
    except Exception:
        said.mistakes.append(traceback.format_exc())
    finally:
        said.counts["messages that came again"] += cloud.unanswered
        cloud.close()


def _works(cloud: Cloud, over: Event) -> None:
    while not over.is_set():
        if not cloud.work():
            over.wait(0.02)


def _sends_positions(cloud: Cloud, zone: str, drivers: list[UUID], over: Event, said: Said) -> None:
    for driver in cycle(drivers):
        if over.wait(_POSITION_EVERY_S / len(drivers)):
            return
        try:
            cloud.street.tracking.record(driver, [_near(zone)])
            said.counts["positions"] += 1
        except UnavailableError:
            said.counts["positions unanswered"] += 1


def _rides(cloud: Cloud, zone: str, every_s: float, raining: Event, over: Event, said: Said) -> None:
    while raining.is_set() and not over.wait(every_s):
        street, place = cloud.street, _near(zone).point
        street.clock()
        trip = street.trip("matching", pickup=place)
        street.database.execute("update trips set zone = %(zone)s where id = %(id)s", {"zone": zone, "id": trip})
        cloud.here.requests.open(trip, str(trip), f"token-{trip}", PATIENCE)
        said.counts["riders"] += 1


def _drives(cloud: Cloud, zone: str, over: Event, said: Said) -> None:
    """Accepts every offer, and drives the trips that were won to their end."""
    here, answered, driving = cloud.here, set[tuple[UUID, UUID]](), list[tuple[float, UUID, UUID]]()
    while not over.wait(0.03):
        for row in here.database.all(_OPEN_OFFERS, {"zone": zone}):
            trip, driver = row["trip_id"], row["driver_id"]
            if (trip, driver) not in answered:
                answered.add((trip, driver))
                if _accepts(cloud, driver, trip, said):
                    heapq.heappush(driving, (time.monotonic() + _RIDE_TAKES_S, driver, trip))
        while driving and driving[0][0] <= time.monotonic():
            _, driver, trip = heapq.heappop(driving)
            here.trips.arrive(driver, trip)
            here.trips.start(driver, trip, _PIN)
            here.trips.complete(driver, trip)


def _accepts(cloud: Cloud, driver: UUID, trip: UUID, said: Said) -> bool:
    try:
        won = cloud.here.offer_responses.accept(driver, trip)
    except ConflictError as refused:
        said.counts[f"accept refused: {refused.code}"] += 1
        return False
    said.counts["accepted" if won else "accepted before"] += 1
    return bool(won)


def _near(zone: str) -> Position:
    """A position some metres around the zone's centre, so that no speed is impossible."""
    centre = CENTRES[zone]
    lat, lng = (at + random.uniform(-0.0001, 0.0001) for at in (centre.lat, centre.lng))
    return Position(lat=lat, lng=lng, recorded_at=datetime.now(UTC))
