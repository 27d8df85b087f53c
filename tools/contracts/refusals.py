"""Causes for which each operation can refuse: errors of its own code, of the entry points, and of the gateway."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable
from functools import cache

from rideflow.kernel.errors import RateLimitedError
from rideflow.kernel.rest import RestApi
from tools.contracts.operations import Operation, operations
from tools.contracts.program import ROOT, Entity, Program
from tools.contracts.raising import Cause, Raising, Told, problem_key
from tools.contracts.schemas import Json

_GATEWAY = ROOT / "infra" / "constructs" / "gateway_responses.py"
_OF_OTHER_ADDRESSES = {(404, "not_found"), (405, "method_not_allowed")}
"""Problems for addresses and methods that nobody serves: no operation answers with them."""
_OF_THE_AUTHORIZER = {"unauthenticated", "forbidden"}
_OF_BODIES = {413, 415}


@cache
def program() -> Program:
    return Program.of_the_product()


@cache
def _raising() -> Raising:
    handlers = [handler(each) for each in operations() if is_public(each)]
    return Raising(program(), [*handlers, _unread(), *_entries("rest"), *_entries("websocket")])


def is_public(operation: Operation) -> bool:
    """Whether apps call it: by REST, or by an action."""
    return isinstance(operation.app, RestApi) or hasattr(operation.app, "action")


def handler(operation: Operation) -> Entity:
    """The function that the operation runs."""
    app = operation.app
    function = [*app._static_routes, *app._dynamic_routes][0].func if isinstance(app, RestApi) else app.handle
    found = program().named(f"functions.{operation.context}.{operation.name}.{function.__name__}")
    assert found is not None
    return found


def raised_by(operation: Operation) -> frozenset[Cause]:
    """The causes that the operation's own code can raise."""
    return _raising().by(handler(operation))


def of_rest(operation: Operation, *, public: bool, method: str, described: Json) -> dict[int, frozenset[Cause]]:
    """The causes by status. `described` is Powertools' schema of the operation."""
    causes = set(raised_by(operation) | _raising().by(*_entries("rest")) | gateway(public=public))
    causes.add(RateLimitedError)  # `kernel.limiting` answers it and raises nothing
    has_body = "requestBody" in described
    if not has_body and "parameters" not in described:
        causes = {each for each in causes if problem_key(each) != (422, "invalid_input")}
    if not has_body:
        without = _OF_BODIES if method in {"get", "delete", "head"} else {415}
        causes = {each for each in causes if problem_key(each)[0] not in without}
    others = _OF_OTHER_ADDRESSES
    if any(parameter.get("in") == "path" for parameter in described.get("parameters", ())):
        others = others - {(404, "not_found")}  # a path parameter may hold characters that no id of ours has
    return _by_status(each for each in causes if problem_key(each) not in others)


def of_action(operation: Operation | None) -> frozenset[Cause]:
    """The causes for a WebSocket action, or, for None, for a message without a route."""
    return _raising().by(_unread() if operation is None else handler(operation), *_entries("websocket"))


def _unread() -> Entity:
    """The handler of messages without a route."""
    found = program().named("functions.realtime.default.refuse")
    assert found is not None
    return found


@cache
def gateway(*, public: bool) -> frozenset[Cause]:
    """The problems with which API Gateway answers in place of a function, read from the table of its responses."""
    calls = [node for node in ast.walk(ast.parse(_GATEWAY.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
    told = set()
    for call in calls:
        match call:
            case ast.Call(
                func=ast.Name(id="_Refusal"),
                args=[_, ast.Constant(value=int(status)), ast.Constant(value=str(code)), *_],
            ):
                told.add(Told(status, code))
    assert told, f"{_GATEWAY} has its table no more"
    return frozenset(each for each in told if not (public and each.code in _OF_THE_AUTHORIZER))


def _entries(kind: str) -> list[Entity]:
    """The code that runs before and after a handler: every function of `kernel.rest` or `kernel.websocket`."""
    prefix = f"rideflow.kernel.{kind}."
    return [each for each in program().functions if each.name.startswith(prefix)]


def _by_status(causes: Iterable[Cause]) -> dict[int, frozenset[Cause]]:
    found: dict[int, set[Cause]] = defaultdict(set)
    for cause in causes:
        found[problem_key(cause)[0]].add(cause)
    return {status: frozenset(found[status]) for status in sorted(found)}
