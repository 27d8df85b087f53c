import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import boto3
import pytest

from functions.payments import on_settlement_overdue, on_trip_ended
from rideflow.kernel.ids import uuid7
from tests.functions.cloud import Cloud
from tests.functions.lambda_events import LambdaContext, event_of, sqs_event


@pytest.fixture
def executions(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Executions of a settle saga that runs until it is stopped: name, status and input."""
    client = boto3.client("stepfunctions")
    machine = client.create_state_machine(
        name="settle_trip",
        definition=json.dumps({"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}),
        roleArn="arn:aws:iam::123456789012:role/saga",
    )
    monkeypatch.setenv("SETTLE_SAGA_STATE_MACHINE_ARN", machine["stateMachineArn"])

    def listed() -> list[dict[str, Any]]:
        found = client.list_executions(stateMachineArn=machine["stateMachineArn"])["executions"]
        return [client.describe_execution(executionArn=execution["executionArn"]) for execution in found]

    return listed


def ended(type_: str, trip_id: str) -> dict[str, Any]:
    detail = {"id": str(uuid7()), "trip_id": trip_id, "state": "completed", "at": "2026-10-01T18:00:00Z"}
    return sqs_event(event_of(type_, "rideflow.trips", detail))


@pytest.mark.parametrize("type_", ["TripCompleted", "TripCancelled", "NoDriverFound"])
def test_every_way_a_trip_ends_starts_its_settlement(executions: Any, type_: str) -> None:
    trip_id = str(uuid4())
    assert on_trip_ended.app(ended(type_, trip_id), LambdaContext()) == {"batchItemFailures": []}
    (execution,) = executions()
    assert execution["name"] == f"{trip_id}-1"
    assert json.loads(execution["input"]) == {"trip_id": trip_id, "ended_by": type_, "release": "r-tested"}


def test_the_same_event_again_while_it_is_settled_starts_nothing(executions: Any) -> None:
    event = ended("TripCompleted", str(uuid4()))
    for _ in range(3):
        assert on_trip_ended.app(event, LambdaContext()) == {"batchItemFailures": []}
    assert [execution["status"] for execution in executions()] == ["RUNNING"]


def test_a_trip_that_is_told_of_again_after_its_saga_died_is_settled_by_another(executions: Any) -> None:
    trip_id = str(uuid4())
    on_trip_ended.app(ended("TripCompleted", trip_id), LambdaContext())
    stop(executions()[0])
    for _ in range(2):
        assert on_trip_ended.app(ended("TripCompleted", trip_id), LambdaContext()) == {"batchItemFailures": []}
    assert {execution["name"] for execution in executions()} == {f"{trip_id}-1", f"{trip_id}-2"}


def test_one_saga_waits_for_a_trip_however_often_its_event_is_repeated_while_stripe_is_away(executions: Any) -> None:
    """Sweepers publish an event each minute for an unsettled trip, and one after half an hour for its order."""
    trip_id = str(uuid4())
    on_trip_ended.app(ended("TripCompleted", trip_id), LambdaContext())
    for over in (1, 2):
        stop(running(executions))
        for _ in range(5):
            on_trip_ended.app(ended("TripCompleted", trip_id), LambdaContext())
            on_settlement_overdue.app(ended("SettlementOverdue", trip_id), LambdaContext())
        assert len(executions()) == over + 1
        assert running(executions)["name"] == f"{trip_id}-{over + 1}"


def test_a_settlement_that_was_left_to_the_sweep_of_orders_is_not_started_by_the_end_that_is_told_each_minute(
    executions: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stripe refuses the capture for good: the execution did its work, and the trip is not settled."""
    trip_id = str(uuid4())
    on_trip_ended.app(ended("TripCompleted", trip_id), LambdaContext())
    stop(executions()[0])
    monkeypatch.setattr("rideflow.kernel.executions.Executions._status", succeeded(executions))

    for _ in range(3):
        assert on_trip_ended.app(ended("TripCompleted", trip_id), LambdaContext()) == {"batchItemFailures": []}
    assert [execution["name"] for execution in executions()] == [f"{trip_id}-1"]

    on_settlement_overdue.app(ended("SettlementOverdue", trip_id), LambdaContext())
    assert {execution["name"] for execution in executions()} == {f"{trip_id}-1", f"{trip_id}-2"}


def succeeded(executions: Any) -> Callable[[Any, str], str | None]:
    """The status of executions that did their work; the emulator's end only if they are stopped."""

    def status(_of: Any, name: str) -> str | None:
        return "SUCCEEDED" if name in {each["name"] for each in executions()} else None

    return status


@pytest.mark.parametrize("before", [1, 2, 3, 4, 7, 8, 9])
def test_the_next_saga_is_found_behind_however_many_were_before(executions: Any, before: int) -> None:
    trip_id = str(uuid4())
    for _ in range(before):
        on_settlement_overdue.app(ended("SettlementOverdue", trip_id), LambdaContext())
        stop(running(executions))

    on_settlement_overdue.app(ended("SettlementOverdue", trip_id), LambdaContext())

    assert running(executions)["name"] == f"{trip_id}-{before + 1}"
    assert len(executions()) == before + 1


def running(executions: Any) -> dict[str, Any]:
    """The running execution."""
    (execution,) = [each for each in executions() if each["status"] == "RUNNING"]
    return dict(execution)


def stop(execution: dict[str, Any]) -> None:
    boto3.client("stepfunctions").stop_execution(executionArn=execution["executionArn"])
