"""The name of a release: a digest of the code, the layers, the stage's values and the source that declares functions.

Deploys whose functions differ have different names. A change of that source which changes no function, such as a
comment's, is a release as well; a change of what functions are not declared by is none.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from infra.constructs.naming import RELEASES
from infra.stages import Stage

_ROOT = Path(__file__).resolve().parent.parent
_BEGINS_AT = "infra.assembly"
_SHAPE_NO_FUNCTION = frozenset({"infra.stacks.alarms", "infra.stacks.api", "infra.stacks.console", "infra.release"})
"""Modules that know functions by their names alone."""
_KNOWN_BY_CONTENT = frozenset({"infra.layers", "infra.markets"})
"""Packages that make the archives, whose digests are given."""
_DIGITS = 12


def release_name(stage: Stage, archives: Sequence[str]) -> str:
    """Such as `r-3f9a2b61c04d`. `archives` are the digests of the functions' code and the layers.

    What functions are told and given, their memory and variables, is written in the modules of `declaring_modules` and
    in the stage's values: a release that changes only these is one as well, and can be taken back. Sagas' definitions
    belong to no release: one definition serves every release.
    """
    # The content of markets is in a layer, their folder says nothing; and no function knows what the console is told.
    settings = repr(replace(stage, further_markets=None, console_origin=None, stripe_publishable_key=None))
    whole = hashlib.sha256()
    for part in (settings.encode(), *(archive.encode() for archive in archives), *_sources()):
        whole.update(len(part).to_bytes(8, "big") + part)
    return f"{RELEASES}{whole.hexdigest()[:_DIGITS]}"


def declaring_modules() -> dict[str, Path]:
    """The modules of this package that the assembly imports, also through others, but for those that shape nothing."""
    found: dict[str, Path] = {}
    waiting = [_BEGINS_AT]
    while waiting:
        name = waiting.pop()
        if name not in found and not _is_passed_over(name) and (file := _file(name)):
            found[name] = file
            waiting += _imported(file)
    return found


def _sources() -> list[bytes]:
    return [part for name, file in sorted(declaring_modules().items()) for part in (name.encode(), file.read_bytes())]


def _is_passed_over(name: str) -> bool:
    return name in _SHAPE_NO_FUNCTION or any(f"{name}.".startswith(f"{each}.") for each in _KNOWN_BY_CONTENT)


def _file(name: str) -> Path | None:
    """The module's file; None if the name is of something in a module."""
    path = _ROOT.joinpath(*name.split("."))
    return next((file for file in (path.with_suffix(".py"), path / "__init__.py") if file.exists()), None)


def _imported(file: Path) -> Iterator[str]:
    """Names of this package that the file imports: modules, and what is in them."""
    package = _BEGINS_AT.partition(".")[0]
    for node in ast.walk(ast.parse(file.read_bytes())):
        match node:
            case ast.Import(names=names):
                yield from (each.name for each in names if each.name.partition(".")[0] == package)
            case ast.ImportFrom(module=str(module), names=names, level=0) if module.partition(".")[0] == package:
                yield module
                yield from (f"{module}.{each.name}" for each in names)
