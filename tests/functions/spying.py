"""Arguments that a handler passes to its use case: the wired objects of its module are replaced by a spy.

The functions tests prove that a handler works with its use case; this proves that each argument gets there, also one
without effect on their results.
"""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

import pytest

from rideflow.kernel.access import Caller
from tests.functions.lambda_events import Answer, LambdaContext, answer, authorizer_context

type Json = dict[str, Any]

EVENTS = Path(__file__).resolve().parents[2] / "events"


@dataclass(frozen=True)
class Call:
    """`use_case` is the wired name and its method, as in `requests.open`."""

    use_case: str
    arguments: tuple[Any, ...] = ()
    named: Mapping[str, Any] = field(default_factory=dict)


def call(use_case: str, *arguments: Any, **named: Any) -> Call:
    return Call(use_case, arguments, named)


@dataclass(frozen=True)
class Case:
    """The calls that follow from the operation's example event, with `changes` of its body.

    `query` are query parameters; `type` is another event's name; `caller` is another caller, or None.
    """

    calls: tuple[Call, ...]
    changes: Mapping[str, Any] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    type: str | None = None
    caller: Caller | Literal["as in the example"] | None = "as in the example"


def leads_to(*calls: Call, query: Mapping[str, str] | None = None, type: str | None = None, **changes: Any) -> Case:  # noqa: A002
    return Case(calls, changes, query or {}, type)


class EndedHereError(Exception):
    """Ends a handler after the last call that a test follows."""


class Spy:
    """Replaces a wired object, records its calls, and ends the handler at the first call."""

    def __init__(self, name: str, noted: list[Call]) -> None:
        self._name, self._noted = name, noted

    def __getattr__(self, method: str) -> Any:
        def asked(*arguments: Any, **named: Any) -> None:
            self._noted.append(Call(f"{self._name}.{method}", arguments, named))
            raise EndedHereError

        return asked


def noted_calls(operation: str, case: Case, monkeypatch: pytest.MonkeyPatch) -> list[Call]:
    """The calls of the handler of `<context>/<operation>` to its use cases."""
    noted, app = _followed(operation, monkeypatch)
    with suppress(EndedHereError):
        app(_event(operation, case), LambdaContext())
    return noted


def answer_of(operation: str, case: Case, monkeypatch: pytest.MonkeyPatch) -> Answer:
    """The handler's answer before it calls its use cases: its own refusals."""
    _, app = _followed(operation, monkeypatch)
    return answer(app, _event(operation, case))


def _followed(operation: str, monkeypatch: pytest.MonkeyPatch) -> tuple[list[Call], Any]:
    module = import_module(f"functions.{operation.replace('/', '.')}")
    noted: list[Call] = []
    for name in wired_in(module):
        spy = Spy(name, noted)
        monkeypatch.setattr(module, name, lambda *_, spy=spy: spy)
    return noted, module.app


def wired_in(module: ModuleType) -> list[str]:
    """The functions of a handler's module that make its use cases."""
    return [
        name
        for name, each in vars(module).items()
        if callable(each) and getattr(each, "__module__", "").endswith("wiring") and not isinstance(each, type)
    ]


def example_event(operation: str) -> Json:
    event: Json = json.loads((EVENTS / f"{operation}.json").read_text())
    return event


def _event(operation: str, case: Case) -> Json:
    event = example_event(operation)
    if "Records" in event:
        for record in event["Records"]:
            record["body"] = json.dumps(_delivered(json.loads(record["body"]), case))
    elif "requestContext" in event:
        if case.changes:
            event["body"] = json.dumps(json.loads(event["body"] or "{}") | dict(case.changes))
        if case.query:
            event["queryStringParameters"] = dict(case.query)
            event["multiValueQueryStringParameters"] = {name: [value] for name, value in case.query.items()}
        if case.caller is None:
            event["requestContext"].pop("authorizer", None)
        elif isinstance(case.caller, Caller):
            event["requestContext"]["authorizer"] = authorizer_context(case.caller)
    else:
        event |= case.changes
    return event


def _delivered(body: Json, case: Case) -> Json:
    if "detail" not in body:
        return body | dict(case.changes)
    return body | {"detail-type": case.type or body["detail-type"], "detail": body["detail"] | dict(case.changes)}
