"""The sweep of holds that the provider has had for long: each is announced once, so that it is compared with its order.

The provider's list is read by the times at which holds were asked for, up to `HELD_FOR_LONG` ago, six hours of them at
most, and page by page within these. After each page the position is saved, so that a run goes on where the last one
stopped, at its deadline or because it was killed. A page whose holds the bus did not all take is read again by the next
run.

One look at a hold is enough: from then on either its order has it, and the sweep of orders watches that, or it is
orphaned by an event, which is delivered until it is handled or waits in a dead-letter queue.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from rideflow.kernel.clock import Clock
from rideflow.kernel.deadline import Deadline
from rideflow.kernel.model import View
from rideflow.kernel.observability import logger, measure
from rideflow.kernel.outbox import Publisher
from rideflow.payments.events import HoldFound
from rideflow.payments.providers.port import HoldList, HoldsPage

HELD_FOR_LONG = timedelta(hours=2)
"""Most holds are captured or released before this time."""
LONGEST_HOLD = timedelta(days=7)
"""Where the first run begins. Source: https://docs.stripe.com/payments/place-a-hold-on-a-payment-method."""
_SPAN = timedelta(hours=6)
LASTS_S = 200
"""The time of a run. A page takes about a quarter of a second, and a request that is repeated up to half a minute."""


class Position(View):
    """The times before `since` were read. From `since` to `until` it was read to `after`, if they are not null.

    `version` counts the saved positions.
    """

    since: datetime
    until: datetime | None = None
    after: str | None = None
    version: int = 0


class Positions(Protocol):
    """Keeps the position from run to run."""

    def find(self) -> Position | None: ...

    def save(self, position: Position) -> bool:
        """Save the next position; false if another run has saved one of its version."""
        ...


@dataclass(frozen=True, slots=True)
class HoldsSweep:
    """Announces the holds that the provider has had for long. It has no database: `FoundHolds` judges them."""

    holds: HoldList
    positions: Positions
    publish: Publisher
    clock: Clock
    deadline: Callable[[], Deadline] = lambda: Deadline(LASTS_S)

    def sweep(self) -> dict[str, int]:
        """Run once; returns the numbers of read payments and announced holds, and the seconds left to the next run."""
        newest = (self.clock() - HELD_FOR_LONG).replace(microsecond=0)
        position = self.positions.find() or Position(since=newest - LONGEST_HOLD)
        deadline, read, announced = self.deadline(), 0, 0
        while position.since < newest and not deadline.is_over:
            until = position.until or min(newest, position.since + _SPAN)
            page = self.holds.placed(position.since, until, position.after)
            following = _after(position, until, page)
            if not self._announced(page) or not self.positions.save(following):
                break
            position, read, announced = following, read + page.seen, announced + len(page.holds)
        left_s = max(0, int((newest - position.since).total_seconds()))
        measure("HoldsHeldForLong", announced)
        measure("HoldsUnreadS", left_s)
        if left_s:
            logger.warning("holds are left to the next run", extra={"left_s": left_s, "read": read})
        return {"read": read, "announced": announced, "left_s": left_s}

    def _announced(self, page: HoldsPage) -> bool:
        """Announce the holds of the page; returns whether the bus has them all."""
        now = self.clock()
        envelopes = [HoldFound.of(hold, now).envelope() for hold in page.holds]
        return not envelopes or len(self.publish(envelopes)) == len(envelopes)


def _after(position: Position, until: datetime, page: HoldsPage) -> Position:
    version = position.version + 1
    if page.after is None:
        return Position(since=until, version=version)
    return Position(since=position.since, until=until, after=page.after, version=version)
