"""Starting the settle saga: once for each trip and way it ended."""

from __future__ import annotations

import json
from functools import cache
from typing import Any
from uuid import UUID

from rideflow.kernel.model import Message


class EndedTrip(Message):
    """An event that ended a trip; `type` names it, `id` tells a repeated delivery from another telling."""

    id: UUID
    type: str
    trip_id: UUID


class SettleSaga:
    """The state machine `settle_trip`."""

    def __init__(self, state_machine_arn: str) -> None:
        self._state_machine_arn = state_machine_arn

    def start(self, ended: EndedTrip) -> None:
        """Settle the trip, unless that is under way.

        A name is never used twice, so a repeated delivery starts nothing. The sweeper tells of trips that stay
        unsettled in a new event: if the first saga is over then, another one starts under the event's own name.
        """
        name = f"{ended.trip_id}-{ended.type}"
        if not self._started(name, ended) and not self._runs(name):
            self._started(f"{ended.trip_id}-{ended.id}", ended)

    def _started(self, name: str, ended: EndedTrip) -> bool:
        client = _states_client()
        document = {"trip_id": str(ended.trip_id), "ended_by": ended.type}
        try:
            client.start_execution(stateMachineArn=self._state_machine_arn, name=name, input=json.dumps(document))
        except client.exceptions.ExecutionAlreadyExists:
            return False
        return True

    def _runs(self, name: str) -> bool:
        execution_arn = f"{self._state_machine_arn.replace(':stateMachine:', ':execution:')}:{name}"
        status: str = _states_client().describe_execution(executionArn=execution_arn)["status"]
        return status == "RUNNING"


@cache
def _states_client() -> Any:
    import boto3

    return boto3.client("stepfunctions")
