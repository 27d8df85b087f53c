"""Step Functions in this process: executions of the workflows' definitions, each an actor, each state a step."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from simulation.aws_in_process import Json
from simulation.faults import asl
from simulation.faults.cloud import ExecutionAlreadyExists, ExecutionDoesNotExist, TaskDoesNotExist, TaskTimedOut
from simulation.faults.scheduler import Scheduler, Wait

WORKFLOWS = Path(__file__).parents[2] / "infra" / "workflows"
MATCH, SETTLE = "match_trip", "settle_trip"

type Invoked = Callable[[str, Json, float, str], Any]
"""Invoke a function by its name, with this payload, within so many seconds, of this release; `` is the live one.

Raises `asl.TaskError`."""


TEXTS: dict[str, str] = {}
"""Texts that stand for those of the files, while a fault is planted in one."""


def definition(name: str) -> dict[str, Any]:
    """A workflow's definition from its file; a function's ARN is its name."""
    file = f"{name}.asl.json"
    text = TEXTS.get(file) or (WORKFLOWS / file).read_text(encoding="utf-8")
    text = re.sub(r"\$\{(\w+)FunctionArn\}", lambda found: snake(found[1]), text)
    return dict(json.loads(text))


@dataclass
class Execution:
    """An execution of a machine."""

    machine: str
    name: str
    document: Json
    status: str = "RUNNING"
    error: str | None = None
    edges: list[tuple[str, str, str]] = field(default_factory=list)
    releases: set[str] = field(default_factory=set)
    """The releases whose functions it has called; `` is the live one."""


class Sagas:
    """The executions of a run."""

    def __init__(self, scheduler: Scheduler, invoke: Invoked, draw: Random) -> None:
        self._scheduler, self._invoke, self._draw = scheduler, invoke, draw
        self.definitions = {name: definition(name) for name in (MATCH, SETTLE)}
        self.executions: dict[tuple[str, str], Execution] = {}
        self._tokens: dict[str, Wait] = {}
        self.visited: Counter[tuple[str, str, str, str]] = Counter()

    def start(self, machine: str, name: str, document: Json) -> Json:
        """Start an execution. Raises `ExecutionAlreadyExists` for a name that was used."""
        if (machine, name) in self.executions:
            raise ExecutionAlreadyExists(name)
        execution = self.executions[machine, name] = Execution(machine, name, document)
        self._scheduler.spawn(f"{machine} {name[:8]}{name[36:]}", lambda: self._run(execution))
        return {"executionArn": name}

    def deploy(self) -> None:
        """Executions that start from now on have the definitions of now; those that go on keep theirs."""
        self.definitions = {name: definition(name) for name in self.definitions}

    def status(self, machine: str, name: str) -> str:
        """Raises `ExecutionDoesNotExist`."""
        if (machine, name) not in self.executions:
            raise ExecutionDoesNotExist(name)
        return self.executions[machine, name].status

    def answer(self, token: str, output: Json) -> Json:
        """End the wait for this token. Raises `TaskTimedOut`, `TaskDoesNotExist`."""
        if token not in self._tokens:
            raise TaskDoesNotExist(token)
        wait = self._tokens[token]
        if wait.happened:
            raise TaskTimedOut(token)
        self._scheduler.tell(wait, ("answered", output))
        return {}

    def running(self) -> list[Execution]:
        return [each for each in self.executions.values() if each.status == "RUNNING"]

    def _run(self, execution: Execution) -> None:
        machine = asl.Machine(
            self.definitions[execution.machine],
            f"arn:aws:states:us-east-1:123456789012:execution:{execution.machine}:{execution.name}",
            execution.document,
            self._draw,
            lambda: f"token-{len(self._tokens) + 1}",
        )
        steps = machine.run()
        try:
            effect = next(steps)
            while True:
                effect = self._answered(execution, steps, effect)
                self._note(execution, machine)
        except StopIteration as stopped:
            ended: asl.Ended = stopped.value
            execution.status, execution.error = ended.status, ended.error
        except asl.TaskError as error:
            execution.status, execution.error = "FAILED", error.error
        self._note(execution, machine)

    def _answered(self, execution: Execution, steps: asl.Steps, effect: asl.Effect) -> asl.Effect:
        self._scheduler.hand_over(f"state {effect.state}")
        if isinstance(effect, asl.Pause):
            self._scheduler.pass_time(effect.seconds)
            return next(steps)
        execution.releases.add(effect.function.partition(":")[2])
        try:
            result = self._result(effect)
        except asl.TaskError as error:
            return steps.throw(error)
        return steps.send(result)

    def _result(self, effect: asl.Invoke) -> Any:
        name, _, release = effect.function.partition(":")
        if effect.token is None:
            return self._invoke(name, effect.payload, effect.timeout_s, release)
        wait = self._tokens[effect.token] = Wait()
        self._invoke(name, effect.payload, effect.timeout_s, release)
        if not wait.happened and not self._scheduler.wait(wait, effect.timeout_s):
            self._scheduler.tell(wait, ("timeout", None))
        said, output = wait.value
        if said == "timeout":
            raise asl.TaskError("States.Timeout")
        return output

    def _note(self, execution: Execution, machine: asl.Machine) -> None:
        for edge in machine.visited[len(execution.edges) :]:
            self.visited[
                execution.machine, edge[0], edge[1].split()[0] if edge[1].startswith("retry") else edge[1], edge[2]
            ] += 1
        execution.edges = list(machine.visited)


def snake(name: str) -> str:
    """`PlaceHold` → `place_hold`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
