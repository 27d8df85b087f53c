"""When ticks run: one scheduled message for each zone at a time, however many are asked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from rideflow.dispatch.messages import Tick
from rideflow.kernel.errors import UnavailableError
from rideflow.kernel.queues import Queue

if TYPE_CHECKING:
    from rideflow.supply.index.leases import LeaseIndex

LONGEST_PAUSE_S = 4
"""Between the tries of a tick that a store did not answer: what a rider waits at most once it does again."""


@dataclass(frozen=True, slots=True)
class TickQueue:
    """Schedules ticks: one message at a time for each zone."""

    leases: LeaseIndex
    queue: Queue

    def now(self, zone: str) -> None:
        """Somebody waits, or somebody is free: a tick at once, unless one is on its way."""
        try:
            schedule_id = self.leases.schedule(zone, "now", timedelta(0))
        except UnavailableError:
            schedule_id = ""  # then a duplicate is the smaller harm
        if schedule_id is not None:
            self.queue.send(Tick(zone=zone, schedule_id=schedule_id))

    def later(self, zone: str, delay: timedelta) -> None:
        schedule_id = self.leases.schedule(zone, "later", delay)
        if schedule_id is not None:
            self.queue.send(Tick(zone=zone, schedule_id=schedule_id), delay)

    def scheduled(self, zone: str, schedule_id: str, delay: timedelta) -> None:
        """Send the message of a tick that has its id already."""
        self.queue.send(Tick(zone=zone, schedule_id=schedule_id), delay)

    def again(self, tick: Tick) -> None:
        """A store did not answer: try again, later at first, then every few seconds."""
        delay = timedelta(seconds=min(2**tick.attempt, LONGEST_PAUSE_S))
        self.queue.send(Tick(zone=tick.zone, schedule_id="", attempt=tick.attempt + 1), delay)
