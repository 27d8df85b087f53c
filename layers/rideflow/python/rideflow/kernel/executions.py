"""Executions of a state machine: one at a time for each subject, such as a trip; and the answers that they wait for."""

from __future__ import annotations

import json
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from rideflow.kernel.observability import logger

FAILED = frozenset({"FAILED", "TIMED_OUT", "ABORTED"})
"""The statuses of executions that ended without success."""
OVER = FAILED | {"SUCCEEDED"}


@dataclass(frozen=True, slots=True)
class Executions:
    """The executions of one state machine. Those of a subject are numbered 1, 2, …, without gaps.

    Each is told the release of the function that starts it, and calls that release's functions to its end: the
    functions that are called by `live` may be others by then.
    """

    state_machine_arn: str
    release: str

    def start(
        self, name: Callable[[int], str], document: Mapping[str, Any], *, again_after: Container[str]
    ) -> str | None:
        """Start the subject's next execution, named by `name(number)`; returns its name, or None if none was started.

        | the last execution                  | then                                                       |
        |-------------------------------------|------------------------------------------------------------|
        | there is none                       | the first one starts                                       |
        | its status is none of `again_after` | nothing: it is running, or its work is done                |
        | else                                | the next one starts; of several callers at once one starts |
        """
        if self._started(name(1), document):
            return name(1)
        last = self._last(name)
        if self._status(name(last)) in again_after and self._started(name(last + 1), document):
            return name(last + 1)
        return None

    def _last(self, name: Callable[[int], str]) -> int:
        """The number of the last execution, found by bisection: there may have been a hundred."""
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
        """Start the execution; False if there was one of this name."""
        client = states_client()
        told = json.dumps({**document, "release": self.release}, sort_keys=True)
        try:
            client.start_execution(stateMachineArn=self.state_machine_arn, name=name, input=told)
        except client.exceptions.ExecutionAlreadyExists:
            return False
        return True

    def _status(self, name: str) -> str | None:
        """The execution's status; None if there is no such execution."""
        client = states_client()
        machine_arn = self.state_machine_arn.replace(":stateMachine:", ":execution:")
        try:
            found = client.describe_execution(executionArn=f"{machine_arn}:{name}")
        except client.exceptions.ExecutionDoesNotExist:
            return None
        return str(found["status"])


def answer_saga(task_token: str, outcome: str) -> None:
    """End the wait of an execution. Nothing happens if it ended, timed out or was answered before."""
    client = states_client()
    try:
        client.send_task_success(taskToken=task_token, output=json.dumps({"outcome": outcome}))
    except (client.exceptions.TaskTimedOut, client.exceptions.InvalidToken, client.exceptions.TaskDoesNotExist):
        logger.info("the saga waits no more", extra={"outcome": outcome})


@cache
def states_client() -> Any:
    """The client of Step Functions."""
    from rideflow.kernel import aws

    return aws.client("stepfunctions")
