"""The problems that an operation can answer with, read from the code: every error that its calls can raise.

An error counts if it is mentioned other than to be caught, since an error that is returned or kept in a table is raised
in the end. An error that an `except` around a call catches does not count, unless the `except` raises it again.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from rideflow.kernel.errors import DomainError
from rideflow.kernel.problems import status_of
from tools.contracts.expressions import Expressions
from tools.contracts.program import Entity, Program

_CATCH_ALL = {"DomainError", "Exception", "BaseException"}
_QUESTIONS = {"isinstance", "issubclass"}


@dataclass(frozen=True)
class Told:
    """A problem without an error class: `problem(415, "unsupported_media_type", ...)`."""

    status: int
    code: str


type Cause = type[DomainError] | Told


@dataclass(frozen=True)
class _Source:
    """An error, or a function that may raise errors; `caught` are the errors that do not leave it."""

    what: Cause | Entity
    caught: tuple[type[DomainError], ...]


class Raising:
    """The errors of some functions of a program."""

    def __init__(self, program: Program, roots: Iterable[Entity]) -> None:
        self._program = program
        self._expressions = Expressions(program)
        self._sources: dict[Entity, list[_Source]] = {}
        self._reach(roots)
        self._leaving = self._left()

    def by(self, *roots: Entity) -> frozenset[Cause]:
        """The errors that can leave any of these roots."""
        return frozenset().union(*(self._leaving[root] for root in roots))

    def _reach(self, roots: Iterable[Entity]) -> None:
        waiting = list(roots)
        while waiting:
            entity = waiting.pop()
            if entity not in self._sources:
                self._sources[entity] = list(self._in(entity))
                waiting += [each.what for each in self._sources[entity] if isinstance(each.what, Entity)]

    def _left(self) -> dict[Entity, set[Cause]]:
        """The errors that leave each function: its own and those of its calls, repeated until none is new."""
        leaving: dict[Entity, set[Cause]] = {entity: set() for entity in self._sources}
        growing = True
        while growing:
            growing = False
            for entity, sources in self._sources.items():
                before = len(leaving[entity])
                for source in sources:
                    causes = leaving[source.what] if isinstance(source.what, Entity) else {source.what}
                    leaving[entity] |= {cause for cause in causes if not _is_caught(cause, source.caught)}
                growing = growing or len(leaving[entity]) > before
        return leaving

    def _in(self, entity: Entity) -> Iterator[_Source]:
        """The errors and functions that a function, a class's constructor or a constant mentions."""
        if isinstance(entity.node, ast.ClassDef):
            for name in ("__init__", "__post_init__", "__call__"):
                yield from (_Source(each, ()) for each in self._program.methods(entity, name))
        elif isinstance(entity.node, ast.FunctionDef):
            for node in (*entity.node.body, *_dependencies(entity)):
                yield from self._mentioned(node, entity, ())
        else:
            yield from self._mentioned(entity.node, entity, ())

    def _mentioned(self, node: ast.AST, scope: Entity, caught: tuple[type[DomainError], ...]) -> Iterator[_Source]:
        if isinstance(node, ast.Try):
            yield from self._tried(node, scope, caught)
            return
        if isinstance(node, ast.With):
            caught = (*caught, *self._suppressed(node, scope))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _QUESTIONS:
            return
        if isinstance(node, ast.Name | ast.Attribute):
            yield from (_Source(what, caught) for what in self._meant(node, scope))
        if isinstance(node, ast.Call) and (told := _told(node)):
            yield _Source(told, caught)
        for part in _parts(node):
            if isinstance(part, ast.withitem) and "suppress" in ast.unparse(part):
                continue
            yield from self._mentioned(part, scope, caught)

    def _meant(self, node: ast.Name | ast.Attribute, scope: Entity) -> Iterator[Cause | Entity]:
        for entity in self._expressions.called(node, scope):
            error = _error(entity)
            if error is None:
                yield entity
            elif not isinstance(node, ast.Attribute):
                yield error

    def _tried(self, node: ast.Try, scope: Entity, caught: tuple[type[DomainError], ...]) -> Iterator[_Source]:
        kept = tuple(
            error
            for handler in node.handlers
            if not any(_lets_out(part) for part in ast.walk(handler))
            for error in self._caught(handler, scope)
        )
        for part in node.body:
            yield from self._mentioned(part, scope, (*caught, *kept))
        for part in (*(each for handler in node.handlers for each in handler.body), *node.orelse, *node.finalbody):
            yield from self._mentioned(part, scope, caught)

    def _suppressed(self, node: ast.With, scope: Entity) -> Iterator[type[DomainError]]:
        """The errors that `with suppress(NotFoundError):` suppresses."""
        for call in (each.context_expr for each in node.items if isinstance(each.context_expr, ast.Call)):
            if isinstance(call.func, ast.Name) and call.func.id == "suppress":
                yield from self._named(call, scope)

    def _caught(self, handler: ast.ExceptHandler, scope: Entity) -> Iterator[type[DomainError]]:
        if handler.type is not None:
            yield from self._named(handler.type, scope)

    def _named(self, node: ast.expr, scope: Entity) -> Iterator[type[DomainError]]:
        for name in (each.id for each in ast.walk(node) if isinstance(each, ast.Name)):
            entity = self._program.seen_from(scope.module, name)
            error = _error(entity) if entity is not None else None
            if error is not None:
                yield error
            elif name in _CATCH_ALL:
                yield DomainError


def _lets_out(part: ast.AST) -> bool:
    """Whether an `except` re-raises the error, or an entry point's `except` answers it as a problem."""
    is_again = isinstance(part, ast.Raise) and part.exc is None
    return is_again or (isinstance(part, ast.Name) and part.id == "problem_of")


def _dependencies(entity: Entity) -> list[ast.expr]:
    """The annotations of a handler, `Depends(permitted("trip:drive"))` among them: they run before it."""
    assert isinstance(entity.node, ast.FunctionDef)
    is_handler = entity.module.name.startswith("functions.")
    return [each.annotation for each in entity.node.args.args if is_handler and each.annotation is not None]


def _parts(node: ast.AST) -> Iterator[ast.AST]:
    """The child nodes, without annotations and without the keys of a table."""
    if isinstance(node, ast.Dict):
        yield from node.values
    elif isinstance(node, ast.AnnAssign):
        yield from [node.value] if node.value is not None else []
    elif isinstance(node, ast.FunctionDef | ast.Lambda):
        yield from node.body if isinstance(node.body, list) else [node.body]
    else:
        yield from ast.iter_child_nodes(node)


def _error(entity: Entity) -> type[DomainError] | None:
    if not (entity.is_class and entity.name.endswith("Error")):
        return None
    made: Any = getattr(import_module(entity.module.name), entity.name.rpartition(".")[2], None)
    is_error = isinstance(made, type) and issubclass(made, DomainError) and made is not DomainError
    return made if is_error else None


def _told(node: ast.Call) -> Told | None:
    if not (isinstance(node.func, ast.Name) and node.func.id == "problem" and len(node.args) > 1):
        return None
    match node.args[:2]:
        case [ast.Constant(value=int(status)), ast.Constant(value=str(code))]:
            return Told(status, code)
        case [ast.Constant(value=int(status)), ast.Attribute(value=ast.Name(id=error), attr="code")]:
            import rideflow.kernel.errors as kinds

            return Told(status, getattr(kinds, error).code)
    return None


def _is_caught(cause: Cause, caught: tuple[type[DomainError], ...]) -> bool:
    return isinstance(cause, type) and issubclass(cause, caught)


def problem_key(cause: Cause) -> tuple[int, str]:
    """Status and code."""
    return (cause.status, cause.code) if isinstance(cause, Told) else (status_of(cause), cause.code)
