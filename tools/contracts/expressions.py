"""The product's classes that an expression may have, inferred from annotations.

The inference is generous: `list[Trip] | None` may be a `Trip`, a call of a `Callable[[], Trip]` too, and a library may
return its argument. A class too many costs a look at a method that is not called; a class too few would lose an error.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from functools import cache

from tools.contracts.program import Entity, Module, Program

type Classes = frozenset[Entity]
_NONE: Classes = frozenset()
_DEEPEST = 12
"""The depth to which an expression is followed through others."""


class Expressions:
    """The types of one program's expressions."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._scopes: dict[Entity, dict[str, Classes]] = {}
        self._attribute = cache(self._attribute_of)

    def annotated(self, module: Module, annotation: ast.expr | None) -> Classes:
        """Every class that the annotation names, through aliases and inside containers."""
        if annotation is None:
            return _NONE
        if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
            annotation = ast.parse(annotation.value, mode="eval").body
        found: set[Entity] = set()
        for node in ast.walk(annotation):
            entity = self._program.seen_from(module, node.id) if isinstance(node, ast.Name) else None
            if entity is None:
                continue
            if entity.is_class:
                found.add(entity)
            elif isinstance(entity.node, ast.expr) and not isinstance(entity.node, ast.Constant):
                found |= self.annotated(entity.module, entity.node)
        return frozenset(found)

    def returned(self, function: Entity, receiver: Classes = _NONE) -> Classes:
        """The classes that a call of the function may return; `Self` is the receiver."""
        assert isinstance(function.node, ast.FunctionDef)
        annotation = function.node.returns
        if isinstance(annotation, ast.Name) and annotation.id == "Self":
            return receiver or (frozenset({function.owner}) if function.owner else _NONE)
        return self.annotated(function.module, annotation)

    def of(self, node: ast.AST, scope: Entity, depth: int = 0) -> Classes:
        """The classes that the expression may have, inside the function or constant `scope`."""
        if depth > _DEEPEST:
            return _NONE
        if isinstance(node, ast.Name):
            return self._name(node.id, scope, depth)
        if isinstance(node, ast.Attribute):
            owners = self.of(node.value, scope, depth + 1)
            return _all(self._attribute(owner, node.attr) for owner in owners)
        if isinstance(node, ast.Call):
            return self._call(node, scope, depth)
        parts = (part for part in ast.iter_child_nodes(node) if isinstance(part, ast.expr | ast.comprehension))
        return _all(self.of(part, scope, depth + 1) for part in parts)

    def called(self, node: ast.expr, scope: Entity) -> Iterator[Entity]:
        """The functions, methods and classes that a name or attribute stands for."""
        if isinstance(node, ast.Name):
            if node.id not in self.variables(scope) and (entity := self._program.seen_from(scope.module, node.id)):
                yield entity
        elif isinstance(node, ast.Attribute) and (module := self._module_named(node.value, scope)):
            yield from [entity] if (entity := self._program.named(f"{module}.{node.attr}")) else []
        elif isinstance(node, ast.Attribute):
            named = self._class_named(node.value, scope)
            for owner in {named} if named else self.of(node.value, scope):
                yield from self._program.methods(owner, node.attr)

    def _class_named(self, node: ast.expr, scope: Entity) -> Entity | None:
        """`Trip` in `Trip.of(...)`; the class itself for `cls` and `super()`."""
        if isinstance(node, ast.Name) and node.id not in self.variables(scope):
            entity = self._program.seen_from(scope.module, node.id)
            return entity if entity is not None and entity.is_class else None
        return None

    def _module_named(self, node: ast.expr, scope: Entity) -> str | None:
        """`model` in `model.go_online(...)`."""
        name = scope.module.imports.get(node.id, "") if isinstance(node, ast.Name) else ""
        return name if name in self._program.modules else None

    def _name(self, name: str, scope: Entity, depth: int) -> Classes:
        if name in self.variables(scope):
            return self.variables(scope)[name]
        entity = self._program.seen_from(scope.module, name)
        if entity is not None and isinstance(entity.node, ast.expr):
            return self.of(entity.node, entity, depth + 1)
        return frozenset({entity}) if entity is not None and entity.is_class else _NONE

    def _call(self, node: ast.Call, scope: Entity, depth: int) -> Classes:
        targets = list(self.called(node.func, scope))
        if targets:
            receiver = self.of(node.func.value, scope, depth + 1) if isinstance(node.func, ast.Attribute) else _NONE
            return _all(self._made(target, receiver) for target in targets)
        parts: list[ast.expr] = [node.func, *node.args, *(k.value for k in node.keywords)]
        if isinstance(node.func, ast.Attribute):
            parts.append(node.func.value)
        return _all(self.of(part, scope, depth + 1) for part in parts)

    def _made(self, target: Entity, receiver: Classes) -> Classes:
        if target.is_function:
            return self.returned(target, receiver)
        return frozenset({target}) if target.is_class else _NONE

    def _attribute_of(self, owner: Entity, name: str) -> Classes:
        for each in self._program.lineage(owner):
            assert isinstance(each.node, ast.ClassDef)
            for node in each.node.body:
                if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id == name:
                    return self.annotated(each.module, node.annotation)
            for method in self._program.methods(each, name):
                return self.returned(method, frozenset({owner}))
            if assigned := self._assigned(each, name):
                return assigned
        return _NONE

    def _assigned(self, owner: Entity, name: str) -> Classes:
        """The classes of the value that `__init__` assigns to `self.name`."""
        begin = self._program.named(f"{owner.name}.__init__")
        if begin is None:
            return _NONE
        found: Classes = _NONE
        for node in ast.walk(begin.node):
            if isinstance(node, ast.AnnAssign) and _is_own(node.target, name):
                found |= self.annotated(owner.module, node.annotation)
            elif isinstance(node, ast.Assign) and any(
                _is_own(part, name) for target in node.targets for part in ast.walk(target)
            ):
                found |= self.of(node.value, begin)
        return found

    def variables(self, scope: Entity) -> dict[str, Classes]:
        """The names that a function binds, with the classes that each may have."""
        if scope not in self._scopes:
            found = self._scopes[scope] = _arguments(self, scope)
            bindings = [each for node in ast.walk(scope.node) for each in _bindings(node)]
            for _ in range(2):  # a nested function may use a name that is bound further down
                self._learn_from_lambdas(scope, found)
                for target, value in bindings:
                    for name in (each.id for each in ast.walk(target) if isinstance(each, ast.Name)):
                        found[name] = found.get(name, _NONE) | self.of(value, scope)
        return self._scopes[scope]

    def _learn_from_lambdas(self, scope: Entity, found: dict[str, Classes]) -> None:
        """In `change(lambda trip: ...)`, the parameter `trip` has the class with which `change` calls its argument."""
        for call in (each for each in ast.walk(scope.node) if isinstance(each, ast.Call)):
            given = [each for each in (*call.args, *(k.value for k in call.keywords)) if isinstance(each, ast.Lambda)]
            if given:
                classes = _all(self._called_back_with(each) for each in self.called(call.func, scope))
                found |= {name.arg: found.get(name.arg, _NONE) | classes for each in given for name in each.args.args}

    def _called_back_with(self, target: Entity) -> Classes:
        if not isinstance(target.node, ast.FunctionDef):
            return _NONE
        wanted = [each.annotation for each in (*target.node.args.args, *target.node.args.kwonlyargs)]
        callbacks = [each for each in wanted if each is not None and ast.unparse(each).startswith("Callable[")]
        return _all(self.annotated(target.module, each) for each in callbacks)


def _all(parts: Iterable[Classes]) -> Classes:
    return frozenset[Entity]().union(*parts)


def _arguments(expressions: Expressions, scope: Entity) -> dict[str, Classes]:
    """The parameters of a function and of those inside it, by their annotations."""
    found: dict[str, Classes] = {}
    for function in (each for each in ast.walk(scope.node) if isinstance(each, ast.FunctionDef)):
        arguments = function.args
        for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
            found[argument.arg] = expressions.annotated(scope.module, argument.annotation)
    if scope.owner is not None:
        found |= {name: frozenset({scope.owner}) for name in ("self", "cls") if name in found}
    return found


def _bindings(node: ast.AST) -> Iterator[tuple[ast.expr, ast.expr]]:
    """The names that a statement or comprehension binds, with their values."""
    match node:
        case ast.Assign(targets=targets, value=value):
            yield from ((target, value) for target in targets if not isinstance(target, ast.Attribute))
        case ast.AnnAssign(target=ast.Name() as target, annotation=annotation):
            yield target, annotation
        case ast.NamedExpr(target=target, value=value):
            yield target, value
        case ast.For(target=target, iter=value) | ast.comprehension(target=target, iter=value):
            yield target, value
        case ast.withitem(context_expr=value, optional_vars=ast.expr() as target):
            yield target, value


def _is_own(node: ast.AST, name: str) -> bool:
    """`self.name`."""
    return isinstance(node, ast.Attribute) and node.attr == name and isinstance(node.value, ast.Name)
