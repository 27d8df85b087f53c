"""The product's source as names: modules that define functions, classes and constants, and targets of imports."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_SOURCES = (ROOT / "layers" / "rideflow" / "python" / "rideflow", ROOT / "functions")

type Definition = ast.FunctionDef | ast.ClassDef | ast.expr


def _texts() -> Iterator[tuple[str, str]]:
    for source in _SOURCES:
        for path in sorted(source.rglob("*.py")):
            parts = path.relative_to(source.parent).with_suffix("").parts
            yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path.read_text(encoding="utf-8")


@dataclass(eq=False)
class Module:
    """One file. `imports` are all its imports, also those inside functions: a local name → the full name."""

    name: str
    tree: ast.Module
    imports: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for node in ast.walk(self.tree):
            if isinstance(node, ast.ImportFrom) and node.module:
                self.imports |= {each.asname or each.name: f"{node.module}.{each.name}" for each in node.names}
            elif isinstance(node, ast.Import):
                self.imports |= {each.asname: each.name for each in node.names if each.asname}

    def definitions(self) -> Iterator[tuple[str, Definition]]:
        """The names of the module's own level."""
        for node in self.tree.body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                yield node.name, node
            elif isinstance(node, ast.TypeAlias):
                yield node.name.id, node.value
            elif isinstance(node, ast.Assign):
                for target in node.targets:
                    yield from ((name.id, node.value) for name in ast.walk(target) if isinstance(name, ast.Name))
            elif isinstance(node, ast.AnnAssign) and node.value is not None and isinstance(node.target, ast.Name):
                yield node.target.id, node.value


@dataclass(eq=False, frozen=True)
class Entity:
    """A function, a class or a constant; `owner` is the class of a method."""

    name: str
    module: Module
    node: Definition
    owner: Entity | None = None

    @property
    def is_class(self) -> bool:
        return isinstance(self.node, ast.ClassDef)

    @property
    def is_function(self) -> bool:
        return isinstance(self.node, ast.FunctionDef)


class Program:
    """Modules by their names, and their definitions by full name."""

    def __init__(self, sources: Mapping[str, str]) -> None:
        """`sources` are texts of modules by their names."""
        self.modules: dict[str, Module] = {}
        self._entities: dict[str, Entity] = {}
        for name, text in sources.items():
            self._read(Module(name, ast.parse(text)))

    @classmethod
    def of_the_product(cls) -> Program:
        """The source of the Lambdas."""
        return cls(dict(_texts()))

    def _read(self, module: Module) -> None:
        self.modules[module.name] = module
        for name, node in module.definitions():
            entity = Entity(f"{module.name}.{name}", module, node)
            self._entities.setdefault(entity.name, entity)
            if isinstance(node, ast.ClassDef):
                for method in (each for each in node.body if isinstance(each, ast.FunctionDef)):
                    full = f"{entity.name}.{method.name}"
                    self._entities[full] = Entity(full, module, method, entity)

    def named(self, full_name: str) -> Entity | None:
        """The definition behind a full name, followed through modules that only import it."""
        for _ in range(5):
            if full_name in self._entities:
                return self._entities[full_name]
            prefix, _, last = full_name.rpartition(".")
            module = self.modules.get(prefix)
            if module is None or last not in module.imports:
                return None
            full_name = module.imports[last]
        return None

    def seen_from(self, module: Module, name: str) -> Entity | None:
        """The definition behind a name in a module."""
        return self.named(f"{module.name}.{name}") or self.named(module.imports.get(name, ""))

    @cached_property
    def functions(self) -> list[Entity]:
        return [entity for entity in self._entities.values() if entity.is_function]

    @cached_property
    def classes(self) -> list[Entity]:
        return [entity for entity in self._entities.values() if entity.is_class]

    def bases(self, of: Entity) -> list[Entity]:
        """The base classes that the product itself defines."""
        assert isinstance(of.node, ast.ClassDef)
        names = [each.value if isinstance(each, ast.Subscript) else each for each in of.node.bases]
        found = [self.seen_from(of.module, each.id) for each in names if isinstance(each, ast.Name)]
        return [each for each in found if each is not None]

    def lineage(self, of: Entity) -> list[Entity]:
        """The class and its base classes, nearest first."""
        return [of, *(each for base in self.bases(of) for each in self.lineage(base))]

    def is_protocol(self, of: Entity) -> bool:
        assert isinstance(of.node, ast.ClassDef)
        return any(isinstance(base, ast.Name) and base.id == "Protocol" for base in of.node.bases)

    def own_methods(self, of: Entity) -> set[str]:
        assert isinstance(of.node, ast.ClassDef)
        return {each.name for each in of.node.body if isinstance(each, ast.FunctionDef)}

    def methods(self, of: Entity, name: str) -> list[Entity]:
        """Methods that a call may run: the class's own or inherited, a subclass's, or a protocol's implementations."""
        inherited = next((each for each in self.lineage(of) if name in self.own_methods(each)), None)
        if inherited is None:
            return []
        runs = [inherited]
        if self.is_protocol(inherited):
            runs = [each for each in self.classes if self._fills(each, inherited)]
        runs += [each for each in self._subclasses(of) if name in self.own_methods(each)]
        return [self._entities[f"{each.name}.{name}"] for each in dict.fromkeys(runs) if name in self.own_methods(each)]

    def _fills(self, candidate: Entity, protocol: Entity) -> bool:
        """Whether the class has the protocol's methods, with arguments of the same names."""
        return not self.is_protocol(candidate) and all(
            self._arguments(candidate, name) == self._arguments(protocol, name) for name in self.own_methods(protocol)
        )

    def _arguments(self, of: Entity, method: str) -> list[str] | None:
        found = self._entities.get(f"{of.name}.{method}")
        if found is None or not isinstance(found.node, ast.FunctionDef):
            return None
        return [each.arg for each in (*found.node.args.args, *found.node.args.kwonlyargs)]

    def _subclasses(self, of: Entity) -> list[Entity]:
        return self._by_base.get(of.name, [])

    @cached_property
    def _by_base(self) -> dict[str, list[Entity]]:
        found: dict[str, list[Entity]] = {}
        for entity in self.classes:
            for base in self.lineage(entity)[1:]:
                found.setdefault(base.name, []).append(entity)
        return found
