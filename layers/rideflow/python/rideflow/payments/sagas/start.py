"""Starting the settle saga: one execution at a time for each trip, however often its end is published."""

from __future__ import annotations

from uuid import UUID

from rideflow.kernel.executions import OVER, Executions
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
        """Settle the trip, unless an execution is running.

        A running execution may wait for Stripe for hours, as another one would. A request after the end of the last
        execution starts another, since the trip is not settled yet.
        """
        document = {"trip_id": str(ended.trip_id), "ended_by": ended.type}
        self._executions.start(lambda number: f"{ended.trip_id}-{number}", document, again_after=OVER)
