"""Runs a workflow's definition in moto's interpreter of the Amazon States Language, with the real handlers as steps.

Retries, waits and timeouts follow the definition; its pauses are recorded instead of slept.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

import boto3

from tests.functions.lambda_events import LambdaContext

WORKFLOWS = Path(__file__).parents[2] / "infra" / "workflows"
_PARSER = "moto.stepfunctions.parser.asl.component"
_ENDED_S = 60
RELEASE = "r-tested"

type Handler = Callable[[dict[str, Any], Any], Any]


def definition(name: str) -> dict[str, Any]:
    """The workflow's definition from its file."""
    return dict(json.loads((WORKFLOWS / f"{name}.asl.json").read_text(encoding="utf-8")))


@cache
def _parses_once() -> Any:
    """Cache moto's parser, which takes longer than a run and runs twice for each; its import takes seconds."""
    from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser as Parser

    return patch.object(Parser, "parse", staticmethod(cache(Parser.parse)))


@dataclass
class Execution:
    """The outcome of a run; the invoked steps, in order; and the seconds that it would have waited."""

    status: str
    output: Any
    invoked: list[str]
    waited_s: list[float] = field(default_factory=list)


def run(
    name: str,
    handlers: Mapping[str, Handler],
    document: dict[str, Any],
    timeouts_s: Mapping[str, int] | None = None,
    waits: Callable[[float], None] = lambda _: None,
) -> Execution:
    """Run the workflow. `handlers` are named by the placeholders of the definition, without `FunctionArn`.

    `timeouts_s` are of states whose own timeouts a test does not wait for. `waits` is told the seconds of each wait:
    what comes after it may have to find that the time is over.
    Wants `moto(stepfunctions={"execute_state_machine": True})` around it.
    """
    machine = definition(name)
    for state, timeout_s in (timeouts_s or {}).items():
        machine["States"][state]["TimeoutSeconds"] = timeout_s
    text = json.dumps(machine)
    arns = {step: f"arn:aws:lambda:us-east-1:123456789012:function:{step}" for step in handlers}
    text = re.sub(r"\$\{(\w+)FunctionArn\}", lambda found: arns[found[1]], text)
    invoked: list[str] = []
    waited_s: list[float] = []

    def invoke(parameters: dict[str, Any], **_where: Any) -> dict[str, Any]:
        step, release = parameters["FunctionName"].split(":")[-2:]
        assert release == RELEASE, "a step of another release than the execution's is called"
        invoked.append(step)
        return _invoked(handlers[step], json.loads(parameters["Payload"]))

    def wait(_self: Any, env: Any, wait_seconds: int) -> None:  # called by its parameters' names
        waited_s.append(wait_seconds)
        waits(wait_seconds)

    with (
        _parses_once(),
        patch(f"{_PARSER}.state.exec.state_task.lambda_eval_utils._invoke_lambda_function", invoke),
        patch(f"{_PARSER}.common.retry.retrier_decl.time.sleep", waited_s.append),
        patch(
            f"{_PARSER}.state.wait.wait_function.wait_function.WaitFunction._wait_interval",
            wait,
        ),
    ):
        return _execution(text, {**document, "release": RELEASE}, invoked, waited_s)


def _invoked(handler: Handler, payload: dict[str, Any]) -> dict[str, Any]:
    """Invoke the handler as Lambda does: an error has the name of its class."""
    try:
        output = handler(payload, LambdaContext())
    except Exception as error:
        failure = {"errorType": type(error).__name__, "errorMessage": str(error)}
        return {"StatusCode": 200, "FunctionError": "Unhandled", "Payload": failure}
    return {"StatusCode": 200, "ExecutedVersion": "$LATEST", "Payload": json.loads(json.dumps(output))}


def _execution(text: str, document: dict[str, Any], invoked: list[str], waited_s: list[float]) -> Execution:
    from threading import Event

    client = boto3.client("stepfunctions")
    role = "arn:aws:iam::123456789012:role/saga"
    machine = client.create_state_machine(name="under-test", definition=text, roleArn=role)["stateMachineArn"]
    execution = client.start_execution(stateMachineArn=machine, input=json.dumps(document))["executionArn"]
    pause = Event()
    for _ in range(_ENDED_S * 40):
        found = client.describe_execution(executionArn=execution)
        if found["status"] != "RUNNING":
            client.delete_state_machine(stateMachineArn=machine)
            output = json.loads(found["output"]) if found.get("output") else found.get("cause")
            return Execution(found["status"], output, invoked, waited_s)
        pause.wait(0.025)
    raise TimeoutError(f"still running after {_ENDED_S} s: {invoked}")
