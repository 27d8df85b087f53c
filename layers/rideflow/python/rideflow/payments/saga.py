"""Starting the settle saga: one execution at a time for each trip, however often its end is published."""

from __future__ import annotations

import json
from functools import cache
from typing import Any
from uuid import UUID

from rideflow.kernel.model import Message


class EndedTrip(Message):
    """An event that asks for a trip's settlement; `type` names it."""

    type: str
    trip_id: UUID


class SettleSaga:
    """The state machine `settle_trip`. A trip's executions are numbered: `<trip id>-1`, `<trip id>-2`, …"""

    def __init__(self, state_machine_arn: str) -> None:
        self._state_machine_arn = state_machine_arn

    def start(self, ended: EndedTrip) -> None:
        """Settle the trip, unless an execution is running.

        | the trip's last execution | then                                                                       |
        |---------------------------|----------------------------------------------------------------------------|
        | there is none             | the first one starts                                                       |
        | runs                      | nothing: it may wait for Stripe for hours, as another one would            |
        | is over                   | the next one starts; of several callers at once one starts it              |
        """
        if self._started(1, ended):
            return
        last = self._last(ended.trip_id)
        if self._status(ended.trip_id, last) != "RUNNING":
            self._started(last + 1, ended)

    def _last(self, trip_id: UUID) -> int:
        """The number of the trip's last execution. Numbers have no gaps; a trip may have had a hundred."""
        there, beyond = 1, 2
        while self._status(trip_id, beyond) is not None:
            there, beyond = beyond, 2 * beyond
        while beyond - there > 1:
            middle = (there + beyond) // 2
            if self._status(trip_id, middle) is None:
                beyond = middle
            else:
                there = middle
        return there

    def _started(self, number: int, ended: EndedTrip) -> bool:
        """Start the execution; False if there was one of this number."""
        client = _states_client()
        document = {"trip_id": str(ended.trip_id), "ended_by": ended.type}
        try:
            client.start_execution(
                stateMachineArn=self._state_machine_arn, name=f"{ended.trip_id}-{number}", input=json.dumps(document)
            )
        except client.exceptions.ExecutionAlreadyExists:
            return False
        return True

    def _status(self, trip_id: UUID, number: int) -> str | None:
        """The execution's status; None if there is no such execution."""
        client = _states_client()
        machine_arn = self._state_machine_arn.replace(":stateMachine:", ":execution:")
        try:
            found = client.describe_execution(executionArn=f"{machine_arn}:{trip_id}-{number}")
        except client.exceptions.ExecutionDoesNotExist:
            return None
        return str(found["status"])


@cache
def _states_client() -> Any:
    import boto3

    return boto3.client("stepfunctions")
