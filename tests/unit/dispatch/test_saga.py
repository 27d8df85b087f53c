"""The match saga's wait for a driver."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from rideflow.dispatch.saga import StepFunctionsSaga
from rideflow.kernel import executions

NOW = datetime(2026, 10, 1, 18, 0, tzinfo=UTC)


class States:
    """Records the inputs of started executions."""

    def __init__(self) -> None:
        self.started: list[dict[str, Any]] = []

    def start_execution(self, stateMachineArn: str, name: str, input: str) -> None:  # noqa: A002, N803
        self.started.append(json.loads(input))


@pytest.mark.parametrize(
    ("waits", "patience_s"),
    [(None, 300), (timedelta(minutes=21), 1260), (timedelta(minutes=2), 300), (timedelta(minutes=-9), 300)],
)
def test_a_rider_who_booked_ahead_waits_until_a_time_and_never_shorter_than_others(
    monkeypatch: pytest.MonkeyPatch, waits: timedelta | None, patience_s: int
) -> None:
    states, trip_id = States(), uuid4()
    monkeypatch.setattr(executions, "states_client", lambda: states)
    waits_until = None if waits is None else NOW + waits
    started = StepFunctionsSaga(executions.Executions("arn", "r-1"), 300, lambda: NOW)

    started.start(trip_id, waits_until)
    started.start_again(trip_id, 4, waits_until)

    assert [(UUID(each["trip_id"]), each["patience_s"]) for each in states.started] == [(trip_id, patience_s)] * 2
