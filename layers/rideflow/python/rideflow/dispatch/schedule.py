"""The schedule of ticks: one message for each zone at a time, however many ticks are asked for."""

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
"""The longest pause before a failed tick is tried again, so riders wait no longer once the store answers again."""


@dataclass(frozen=True, slots=True)
class TickQueue:
    """Schedules ticks: one message at a time for each zone."""

    leases: LeaseIndex
    queue: Queue

    def now(self, zone: str) -> None:
        """Schedule a tick at once, because a rider waits or a driver is free, unless one is on its way."""
        try:
            schedule_id = self.leases.schedule(zone, "now", timedelta(0))
        except UnavailableError:
            schedule_id = ""  # a duplicate tick does less harm than none
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
        """Schedule a tick again for which a store did not answer, with growing pauses up to `LONGEST_PAUSE_S`."""
        delay = timedelta(seconds=min(2**tick.attempt, LONGEST_PAUSE_S))
        self.queue.send(Tick(zone=tick.zone, schedule_id="", attempt=tick.attempt + 1), delay)
