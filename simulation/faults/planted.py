"""Faults that are planted in the product while a run goes on, to see that the oracle finds them.

A planted fault replaces code of one function, of one SQL file or of one workflow. Python's is compiled anew and put
into the function that is there, so that every reference to it has the fault. Nothing of the checkout is changed.
"""

from __future__ import annotations

import ast
import importlib
import json
import re
import textwrap
import tomllib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any
from unittest.mock import patch

from simulation.faults import sagas

ROOT = Path(__file__).parents[2]
LIST = Path(__file__).parent / "planted.toml"
_SOURCES = (ROOT / "layers" / "rideflow" / "python" / "rideflow", ROOT / "functions", sagas.WORKFLOWS)


class AnchorError(Exception):
    """The code that a planted fault changes is not there any more, or stands there more than once."""


@dataclass(frozen=True)
class Planted:
    """One wrong change. `within` is the function's qualified name, or the name of a file that is not Python.

    `context` narrows the search to a folder. A run that finds it is tried first: the one of `mutants.RUNS` with the
    name `found_by`, or the one of this `seed`; in that `broken` functions fail in a way for so many `hours`.
    """

    name: str
    within: str
    code: str
    becomes: str
    context: str = ""
    found_by: str = ""
    seed: int | None = None
    broken: dict[str, str] = field(default_factory=dict)
    hours: int = 1
    soon: bool = False
    """Whether everything has to end before holds that Stripe has had for long are swept, which would mend it."""


def planted() -> list[Planted]:
    """The kept list."""
    document = tomllib.loads(LIST.read_text(encoding="utf-8"))
    return [Planted(**entry) for entry in document["fault"]]


@contextmanager
def planting(fault: Planted) -> Iterator[None]:
    """Inside the block the product has the fault. Raises `AnchorError`."""
    with ExitStack() as stack:
        if fault.within.endswith(".sql"):
            stack.enter_context(_in_sql(fault))
        elif fault.within.endswith(".json"):
            stack.enter_context(_in_workflow(fault))
        else:
            stack.enter_context(_in_python(fault))
        yield


def _changed(text: str, fault: Planted) -> str | None:
    """The text with the fault in it; None if its code is not there once. White space counts for nothing."""
    pattern = re.compile(r"\s+".join(re.escape(token) for token in textwrap.dedent(fault.code).split()))
    found = list(pattern.finditer(text))
    return None if len(found) != 1 else text[: found[0].start()] + fault.becomes + text[found[0].end() :]


def _files(fault: Planted, suffix: str) -> list[Path]:
    return [
        path
        for root in _SOURCES
        for path in sorted(root.rglob(f"*{suffix}"))
        if f"/{fault.context}/" in f"{path.parent}/" or not fault.context
    ]


def _only(fault: Planted, places: list[tuple[Path, str]]) -> tuple[Path, str]:
    if len(places) != 1:
        stands = "is gone" if not places else f"stands {len(places)} times"
        raise AnchorError(f"{fault.name}: its code {stands} ({fault.within})")
    return places[0]


@contextmanager
def _in_python(fault: Planted) -> Iterator[None]:
    places: list[tuple[Path, str]] = []
    for path in _files(fault, ".py"):
        text = path.read_text(encoding="utf-8")
        for node, qualified in _definitions(ast.parse(text), ""):
            if qualified == fault.within:
                source = textwrap.dedent("".join(text.splitlines(keepends=True)[node.lineno - 1 : node.end_lineno]))
                if (changed := _changed(source, fault)) is not None:
                    places.append((path, changed))
    path, changed = _only(fault, places)
    function = _function(path, fault.within)
    real = function.__code__
    function.__code__ = _code(changed, path, function)
    try:
        yield
    finally:
        function.__code__ = real


def _function(path: Path, qualified: str) -> FunctionType:
    """The function object that is in use: without its cache, and a property's getter."""
    root = _SOURCES[0].parent if path.is_relative_to(_SOURCES[0]) else ROOT
    name = ".".join(path.relative_to(root).with_suffix("").parts)
    found: Any = importlib.import_module(name)
    for part in qualified.split("."):
        found = vars(found)[part]
        found = getattr(found, "__func__", getattr(found, "fget", found))
    while hasattr(found, "__wrapped__"):
        found = found.__wrapped__
    assert isinstance(found, FunctionType)
    return found


def _code(source: str, path: Path, function: FunctionType) -> CodeType:
    """The code object of the function in the source."""
    tree = ast.parse(source)
    [definition] = tree.body
    assert isinstance(definition, ast.FunctionDef)
    definition.decorator_list.clear()
    whole = compile(tree, str(path), "exec", flags=0x1000000, dont_inherit=True)  # annotations are not evaluated
    codes = [each for each in whole.co_consts if isinstance(each, CodeType) and each.co_name == function.__name__]
    return codes[0]


def _definitions(parent: ast.AST, prefix: str) -> Iterator[tuple[ast.FunctionDef, str]]:
    for node in ast.iter_child_nodes(parent):
        if isinstance(node, ast.FunctionDef):
            yield node, f"{prefix}{node.name}"
        elif isinstance(node, ast.ClassDef):
            yield from _definitions(node, f"{prefix}{node.name}.")


@contextmanager
def _in_sql(fault: Planted) -> Iterator[None]:
    from rideflow.kernel import postgres

    texts = {path: path.read_text(encoding="utf-8") for path in _files(fault, ".sql") if path.name == fault.within}
    places = [(path, changed) for path, text in texts.items() if (changed := _changed(text, fault)) is not None]
    path, becomes = _only(fault, places)
    real, read = postgres.sql, path.read_text(encoding="utf-8")
    real.cache_clear()

    class Files:
        """The package's files, of which one is changed."""

        def files(self, package: str) -> Any:
            from importlib import resources

            return _Folder(resources.files(package), read, becomes)

    with patch.object(postgres, "resources", Files()):
        try:
            yield
        finally:
            real.cache_clear()


class _Folder:
    """A folder of resources in which the text `was` reads as `becomes`."""

    def __init__(self, folder: Any, was: str, becomes: str) -> None:
        self._folder, self._was, self._becomes = folder, was, becomes

    def joinpath(self, *parts: str) -> _Folder:
        return _Folder(self._folder.joinpath(*parts), self._was, self._becomes)

    def read_text(self, encoding: str) -> str:
        text = str(self._folder.read_text(encoding=encoding))
        return self._becomes if text == self._was else text


@contextmanager
def _in_workflow(fault: Planted) -> Iterator[None]:
    path = sagas.WORKFLOWS / fault.within
    changed = _changed(path.read_text(encoding="utf-8"), fault)
    if changed is None:
        raise AnchorError(f"{fault.name}: its code is gone ({fault.within})")
    json.loads(re.sub(r"\$\{(\w+)\}", "x", changed))
    with patch.dict(sagas.TEXTS, {path.name: changed}):
        yield
