"""The stepped interpreter takes the same course through our workflows as moto's, whatever their steps answer.

Each step's answers are scripted by a seed: results, errors that are caught by name, and errors that are retried.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

import boto3
import pytest

from simulation.faults import asl, sagas
from tests.functions.cloud import moto
from tests.workflows.engine import RELEASE, Handler, run

ERRORS = ("PaymentDeclinedError", "PaymentNotConfirmedError", "HoldGoneError", "ProviderRefusedError", "RuntimeError")
DOCUMENTS: dict[str, dict[str, Any]] = {
    "match_trip": {"trip_id": "t", "patience_s": 1, "is_rematch": False},
    "settle_trip": {"trip_id": "t", "ended_by": "TripCompleted"},
}
HOLD = {"order_id": "o", "provider_ref": "pi_1", "trip_id": "t"}
SETTLEMENT = {"order_id": "o", "amount_minor": 5, "attempt": 1}
ANSWERS: dict[str, list[dict[str, Any]]] = {
    "PrepareHold": [{"outcome": "place"}, {"outcome": "held"}, {"outcome": "ended"}],
    "PlaceHold": [HOLD],
    "ConcludeHold": [HOLD],
    "ReleaseHold": [{"captured_minor": 0}],
    "RecordHold": [{"outcome": outcome, **HOLD} for outcome in ("held", "ended", "wants_payer")],
    "MeasurePath": [
        {"driven_distance_m": 1, "driven_duration_s": 2, "driven_line": None, "coverage": 0.5, "points": 3}
    ],
    "PrepareSettlement": [
        {"action": "capture", **SETTLEMENT}, {"action": "release", **SETTLEMENT},
        {"action": "nothing", "order_id": None},
    ],
    "CapturePayment": [{"order_id": "o", "captured_minor": 5, "more": 1}],
    "RecordPaymentFailure": [
        {"outcome": "retry", "wait_s": 7, "settlement": SETTLEMENT},
        {"outcome": "release", "wait_s": 0, "settlement": SETTLEMENT},
        {"outcome": "later", "wait_s": 0, "settlement": SETTLEMENT},
    ],
}  # fmt: skip
STEPS = {
    "match_trip": ("PrepareHold", "PlaceHold", "RecordHold", "AskPayer", "ConcludeHold", "OpenRequest", "GiveUp",
                   "RejectHold", "ReleaseHold", "RecordRelease"),
    "settle_trip": ("MeasurePath", "PrepareSettlement", "CapturePayment", "RecordSettlement", "RecordPaymentFailure",
                    "ReleaseHold", "RecordRelease"),
}  # fmt: skip


@dataclass
class Script:
    """What each step answers, call by call; after `_ERRORS_AT_MOST` errors of a step it answers."""

    seed: int
    draws: dict[str, Random] = field(default_factory=dict)
    errors: dict[str, int] = field(default_factory=dict)
    waits: bool = False

    def __post_init__(self) -> None:
        draw = Random(self.seed)
        self.patience = draw.choice((0, 2, 20))
        self.answers_token = draw.random() < 0.8

    def answers(self, step: str) -> bool:
        """Whether the step's token is answered. The payer always answers: moto would wait five real minutes."""
        return self.answers_token or step == "AskPayer"

    def answer(self, step: str) -> dict[str, Any]:
        """The step's result. Raises an error of the script."""
        draw = self.draws.setdefault(step, Random(f"{self.seed} {step}"))
        if draw.random() < 0.45 and self.errors.get(step, 0) < self.patience:
            self.errors[step] = self.errors.get(step, 0) + 1
            raise type(draw.choice(ERRORS), (Exception,), {})("scripted")
        return draw.choice(ANSWERS.get(step, [{"done": step}]))


@pytest.fixture(scope="module")
def cloud() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as environment:
        for name, value in {"DEFAULT_REGION": "us-east-1", "ACCESS_KEY_ID": "test", "SECRET_ACCESS_KEY": "t"}.items():
            environment.setenv(f"AWS_{name}", value)
        with moto(stepfunctions={"execute_state_machine": True}):
            yield


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("machine", ["match_trip", "settle_trip"])
def test_both_interpreters_take_the_same_course(cloud: None, machine: str, seed: int) -> None:
    by_moto = _by_moto(machine, Script(seed))

    status, output, invoked = _stepped(machine, Script(seed))

    assert (status, invoked) == (by_moto[0], by_moto[2])
    if status == "SUCCEEDED":
        assert output == by_moto[1]


def test_a_workflow_with_a_part_that_is_not_interpreted_is_refused() -> None:
    definition = {"StartAt": "All", "States": {"All": {"Type": "Parallel", "Branches": [], "End": True}}}

    with pytest.raises(asl.UnsupportedError, match="All is a Parallel"):
        next(asl.Machine(definition, "e", {}, Random(1), lambda: "t").run())


def _by_moto(machine: str, script: Script) -> tuple[str, Any, list[str]]:
    def app(step: str) -> Handler:
        def handler(event: dict[str, Any], _context: Any) -> Any:
            answer = script.answer(step)
            if "task_token" in event and script.answers(step):
                boto3.client("stepfunctions").send_task_success(
                    taskToken=event["task_token"], output=json.dumps({"outcome": "assigned"})
                )
            return answer

        return handler

    ended = run(machine, {step: app(step) for step in STEPS[machine]}, DOCUMENTS[machine])
    return ended.status, _without_causes(ended.output), ended.invoked


def _stepped(machine: str, script: Script) -> tuple[str, Any, list[str]]:
    names = {sagas.snake(step): step for step in STEPS[machine]}
    document = {**DOCUMENTS[machine], "release": RELEASE}
    steps = asl.Machine(sagas.definition(machine), "execution", document, Random(1), lambda: "token").run()
    invoked: list[str] = []
    try:
        effect = next(steps)
        while True:
            if isinstance(effect, asl.Pause):
                effect = next(steps)
                continue
            step = names[effect.function.partition(":")[0]]
            assert effect.function.endswith(f":{RELEASE}")
            invoked.append(step)
            try:
                result = script.answer(step)
                if effect.token is not None and not script.answers(step):
                    raise asl.TaskError("States.Timeout")
            except asl.TaskError as error:
                effect = steps.throw(error)
            except Exception as error:
                effect = steps.throw(asl.TaskError(type(error).__name__, str(error)))
            else:
                effect = steps.send(result if effect.token is None else {"outcome": "assigned"})
    except StopIteration as stopped:
        ended: asl.Ended = stopped.value
        return ended.status, _without_causes(ended.output), invoked


def _without_causes(output: Any) -> Any:
    """The output without the texts of errors, which the interpreters word differently."""
    if not isinstance(output, dict):
        return output
    return {name: _without_causes(value) for name, value in output.items() if name != "Cause"}
