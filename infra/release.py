"""The name of a release: a digest of all that functions are made of, so that equal functions have equal names."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from infra.constructs.naming import RELEASES
from infra.stages import Stage

_INFRA = Path(__file__).resolve().parent
_SHAPE_NO_FUNCTION = ("costs", "markets", "workflows")
"""Folders of this package. Sagas' definitions belong to no release: one definition serves every release."""
_DIGITS = 12


def release_name(stage: Stage, archives: Sequence[str]) -> str:
    """Such as `r-3f9a2b61c04d`. `archives` are the digests of the functions' code and the layers.

    What functions are told and given, their memory and variables, is written in this package and in the stage's
    values: a release that changes only these is one as well, and can be taken back.
    """
    settings = repr(replace(stage, further_markets=None))  # their content is in a layer, their folder says nothing
    whole = hashlib.sha256()
    for part in (settings.encode(), *(archive.encode() for archive in archives), *_sources()):
        whole.update(len(part).to_bytes(8, "big") + part)
    return f"{RELEASES}{whole.hexdigest()[:_DIGITS]}"


def _sources() -> list[bytes]:
    files = {path.relative_to(_INFRA).as_posix(): path for path in _INFRA.rglob("*.py")}
    shaping = {name: path for name, path in files.items() if name.partition("/")[0] not in _SHAPE_NO_FUNCTION}
    return [part for name, path in sorted(shaping.items()) for part in (name.encode(), path.read_bytes())]
