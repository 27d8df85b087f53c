"""An interpreter of the Amazon States Language that runs nothing by itself: each step is an effect for its engine.

It covers what `infra/workflows/*.asl.json` use, and refuses anything else by name. The engine sends the effect's result
back, or throws `TaskError` at it. Source: https://states-language.net/spec.html.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

type Json = Any
type Definition = Mapping[str, Any]

DEFAULT_TASK_TIMEOUT_S = 60
_NEVER_BY_ALL = frozenset({"States.Runtime", "States.DataLimitExceeded"})
_CONTEXT = "$$"
_TOKEN = "$$.Task.Token"  # noqa: S105 - a path


class TaskError(Exception):
    """A task failed with this error name, as Step Functions reports it."""

    def __init__(self, error: str, cause: str = "") -> None:
        super().__init__(f"{error}: {cause}")
        self.error, self.cause = error, cause


class UnsupportedError(Exception):
    """The definition uses a part of the language that this interpreter does not have."""


@dataclass(frozen=True)
class Invoke:
    """Invoke a function. With a token, the result is the answer to the token, and not the function's own."""

    state: str
    function: str
    payload: Json
    timeout_s: float
    token: str | None = None


@dataclass(frozen=True)
class Pause:
    """Wait for this long."""

    state: str
    seconds: float


@dataclass(frozen=True)
class Ended:
    """How the execution ended: `SUCCEEDED` with its output, or `FAILED` with its error."""

    status: str
    output: Json = None
    error: str | None = None


type Effect = Invoke | Pause
type Steps = Generator[Effect, Json, Ended]


@dataclass
class Machine:
    """An execution. `visited` are the edges that it took: the state, the kind of the edge, the next state."""

    definition: Definition
    execution_id: str
    document: Json
    draw: Random
    new_token: Callable[[], str]
    visited: list[tuple[str, str, str]] = field(default_factory=list)

    def run(self) -> Steps:
        """The execution's effects, one after the other."""
        name, data = str(self.definition["StartAt"]), self.document
        while True:
            state = self.definition["States"][name]
            match state["Type"]:
                case "Task":
                    edge, following, data = yield from self._task(name, state, data)
                case "Choice":
                    edge, following = _chosen(state, data)
                case "Pass":
                    edge, following, data = "next", state.get("Next"), self._passed(state, data)
                case "Wait":
                    yield Pause(name, _seconds(state, data))
                    edge, following = "next", state.get("Next")
                case "Succeed":
                    return Ended("SUCCEEDED", data)
                case "Fail":
                    return Ended("FAILED", error=state.get("Error"))
                case other:
                    raise UnsupportedError(f"{name} is a {other}")
            self.visited.append((name, edge, following or "End"))
            if following is None:
                return Ended("SUCCEEDED", data)
            name = following

    def _task(self, name: str, state: Definition, data: Json) -> Generator[Effect, Json, tuple[str, str | None, Json]]:
        attempts = [0] * len(state.get("Retry", []))
        while True:
            try:
                result = yield from self._attempt(name, state, data)
            except TaskError as error:
                pause_s = self._retried(state.get("Retry", []), attempts, error)
                if pause_s is not None:
                    self.visited.append((name, f"retry {error.error}", name))
                    yield Pause(name, pause_s)
                    continue
                caught = next((each for each in state.get("Catch", []) if matches(each["ErrorEquals"], error)), None)
                if caught is None:
                    raise
                told = {"Error": error.error, "Cause": error.cause}
                edge = f"catch {','.join(caught['ErrorEquals'])}"
                return edge, caught["Next"], placed(data, caught.get("ResultPath", "$"), told)
            if "ResultSelector" in state:
                result = filled(state["ResultSelector"], result, {})
            return "next", state.get("Next"), placed(data, state.get("ResultPath", "$"), result)

    def _attempt(self, name: str, state: Definition, data: Json) -> Generator[Effect, Json, Json]:
        waits_for_token = state["Resource"].endswith(".waitForTaskToken")
        if state["Resource"].removesuffix(".waitForTaskToken") != "arn:aws:states:::lambda:invoke":
            raise UnsupportedError(f"{name} calls {state['Resource']}")
        token = self.new_token() if waits_for_token else None
        context = {
            "Execution": {"Id": self.execution_id, "Input": self.document},
            "State": {"Name": name},
            "Task": {"Token": token},
        }
        parameters = filled(state["Parameters"], data, context)
        result = yield Invoke(name, parameters["FunctionName"], parameters["Payload"], _timeout(state, data), token)
        return result if waits_for_token else {"StatusCode": 200, "ExecutedVersion": "1", "Payload": result}

    def _retried(self, retriers: Sequence[Definition], attempts: list[int], error: TaskError) -> float | None:
        """Seconds until the next attempt; None if there is none."""
        for number, retrier in enumerate(retriers):
            if not matches(retrier["ErrorEquals"], error):
                continue
            if attempts[number] >= retrier.get("MaxAttempts", 3):
                return None
            longest_s = retrier.get("IntervalSeconds", 1) * retrier.get("BackoffRate", 2.0) ** attempts[number]
            longest_s = min(longest_s, retrier.get("MaxDelaySeconds", longest_s))
            attempts[number] += 1
            return self.draw.uniform(0, longest_s) if retrier.get("JitterStrategy") == "FULL" else float(longest_s)
        return None

    def _passed(self, state: Definition, data: Json) -> Json:
        result = state.get("Result", data)
        if "Parameters" in state:
            result = filled(state["Parameters"], data, {})
        return placed(data, state.get("ResultPath", "$"), result)


def matches(names: Sequence[str], error: TaskError) -> bool:
    """Whether a retrier or catcher with these names is for the error."""
    if error.error in names:
        return True
    if "States.ALL" in names:
        return error.error not in _NEVER_BY_ALL
    return "States.TaskFailed" in names and error.error != "States.Timeout"


def found(path: str, data: Json, context: Json) -> Json:
    """What a reference path names in the data, or in the context object if it begins with `$$`."""
    root, steps = (context, path[2:]) if path.startswith(_CONTEXT) else (data, path[1:])
    if not re.fullmatch(r"(\.\w+)*", steps):
        raise UnsupportedError(f"the path {path}")
    for step in steps.split(".")[1:]:
        if not isinstance(root, dict) or step not in root:
            raise TaskError("States.Runtime", f"{path} is not there")
        root = root[step]
    return root


def filled(template: Json, data: Json, context: Json) -> Json:
    """A payload template with its paths and intrinsic functions resolved."""
    if isinstance(template, dict):
        return {
            name.removesuffix(".$"): _evaluated(value, data, context)
            if name.endswith(".$")
            else filled(value, data, context)
            for name, value in template.items()
        }
    if isinstance(template, list):
        return [filled(each, data, context) for each in template]
    return template


def placed(data: Json, path: str | None, result: Json) -> Json:
    """The state's output: the result at `ResultPath` of the input; None discards the result."""
    if path is None:
        return data
    copy = json.loads(json.dumps(data))
    if path == "$":
        return json.loads(json.dumps(result))
    *way, last = path.removeprefix("$.").split(".")
    into = copy
    for step in way:
        into = into.setdefault(step, {})
    into[last] = json.loads(json.dumps(result))
    return copy


def _evaluated(expression: str, data: Json, context: Json) -> Json:
    if expression.startswith("$"):
        return found(expression, data, context)
    called = re.fullmatch(r"States\.Format\('([^']*)'((?:, *[$\w.]+)*)\)", expression)
    if called is None:
        raise UnsupportedError(f"the expression {expression}")
    values = [found(each.strip(), data, context) for each in called[2].split(",")[1:]]
    return called[1].replace("{}", "%s") % tuple(values)


def _chosen(state: Definition, data: Json) -> tuple[str, str]:
    for choice in state["Choices"]:
        tests = {name: value for name, value in choice.items() if name not in ("Variable", "Next")}
        if list(tests) != ["StringEquals"]:
            raise UnsupportedError(f"a choice by {', '.join(tests)}")
        if found(choice["Variable"], data, {}) == tests["StringEquals"]:
            return f"choice {tests['StringEquals']}", choice["Next"]
    if "Default" not in state:
        raise TaskError("States.NoChoiceMatched")
    return "default", state["Default"]


def _seconds(state: Definition, data: Json) -> float:
    return float(found(state["SecondsPath"], data, {}) if "SecondsPath" in state else state["Seconds"])


def _timeout(state: Definition, data: Json) -> float:
    if "TimeoutSecondsPath" in state:
        return float(found(state["TimeoutSecondsPath"], data, {}))
    return float(state.get("TimeoutSeconds", DEFAULT_TASK_TIMEOUT_S))


def edges(definition: Definition) -> set[tuple[str, str, str]]:
    """Every edge of a definition, as `Machine.visited` names them; of retries, that a state is tried again at all."""
    listed: set[tuple[str, str, str]] = set()
    for name, state in definition["States"].items():
        if state["Type"] == "Choice":
            listed |= {(name, f"choice {each['StringEquals']}", each["Next"]) for each in state["Choices"]}
            listed |= {(name, "default", state["Default"])} if "Default" in state else set()
        elif state["Type"] not in ("Succeed", "Fail"):
            listed.add((name, "next", state.get("Next", "End")))
        listed |= {(name, f"catch {','.join(each['ErrorEquals'])}", each["Next"]) for each in state.get("Catch", [])}
        if any(each.get("MaxAttempts", 3) for each in state.get("Retry", [])):
            listed.add((name, "retry", name))
    return listed
