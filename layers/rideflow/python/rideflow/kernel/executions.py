"""Starting executions of a state machine, one at a time for each thing that they are about."""

from __future__ import annotations

import json
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

FAILED = frozenset({"FAILED", "TIMED_OUT", "ABORTED"})
"""The ends of an execution that has not done its work."""
OVER = FAILED | {"SUCCEEDED"}


@dataclass(frozen=True, slots=True)
class Executions:
    """The executions of one state machine. Those about one thing are numbered 1, 2, …, without gaps."""

    state_machine_arn: str

    def start(
        self, name: Callable[[int], str], document: Mapping[str, Any], *, again_after: Container[str]
    ) -> str | None:
        """The name of the execution that was started; None if nothing is to be started. `name` is of a number.

        | the last execution                  | then                                                       |
        |-------------------------------------|------------------------------------------------------------|
        | there is none                       | the first one starts                                       |
        | its status is none of `again_after` | nothing: it runs, or has done what is to be done           |
        | else                                | the next one starts; of several callers at once one starts |
        """
        if self._started(name(1), document):
            return name(1)
        last = self._last(name)
        if self._status(name(last)) in again_after and self._started(name(last + 1), document):
            return name(last + 1)
        return None

    def _last(self, name: Callable[[int], str]) -> int:
        """The number of the last execution; there may have been a hundred."""
        there, beyond = 1, 2
        while self._status(name(beyond)) is not None:
            there, beyond = beyond, 2 * beyond
        while beyond - there > 1:
            middle = (there + beyond) // 2
            if self._status(name(middle)) is None:
                beyond = middle
            else:
                there = middle
        return there

    def _started(self, name: str, document: Mapping[str, Any]) -> bool:
        """Whether the execution runs with this input; False if its name was taken before."""
        client = states_client()
        try:
            client.start_execution(
                stateMachineArn=self.state_machine_arn, name=name, input=json.dumps(document, sort_keys=True)
            )
        except client.exceptions.ExecutionAlreadyExists:
            return False
        return True

    def _status(self, name: str) -> str | None:
        """None if there is no such execution."""
        client = states_client()
        machine_arn = self.state_machine_arn.replace(":stateMachine:", ":execution:")
        try:
            found = client.describe_execution(executionArn=f"{machine_arn}:{name}")
        except client.exceptions.ExecutionDoesNotExist:
            return None
        return str(found["status"])


@cache
def states_client() -> Any:
    """The client of Step Functions."""
    from rideflow.kernel.aws import client

    return client("stepfunctions")
