"""Starting the settle saga: one execution at a time for each trip, however often its end is published."""

from __future__ import annotations

from collections.abc import Container
from uuid import UUID

from rideflow.kernel.executions import FAILED, OVER, Executions
from rideflow.kernel.model import Message


class EndedTrip(Message):
    """An event that asks for a trip's settlement; `type` names it."""

    type: str
    trip_id: UUID


class SettleSaga:
    """The state machine `settle_trip`. A trip's executions are numbered: `<trip id>-1`, `<trip id>-2`, …"""

    def __init__(self, executions: Executions) -> None:
        self._executions = executions

    def start(self, ended: EndedTrip) -> None:
        """Settle the trip that ended, unless an execution is running, or the last one did its work.

        The end of an unsettled trip is told again each minute. An execution that did its work and left the trip
        unsettled, since Stripe refuses the capture or the release, has left the next try to the sweep of overdue
        orders, whose times are longer.
        """
        self._start(ended, FAILED)

    def start_again(self, overdue: EndedTrip) -> None:
        """Settle the trip of an overdue order, unless an execution is running.

        A running execution may wait for Stripe for hours, as another one would.
        """
        self._start(overdue, OVER)

    def _start(self, ended: EndedTrip, again_after: Container[str]) -> None:
        document = {"trip_id": str(ended.trip_id), "ended_by": ended.type}
        self._executions.start(lambda number: f"{ended.trip_id}-{number}", document, again_after=again_after)
