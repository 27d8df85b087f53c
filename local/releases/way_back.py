"""The way back from a release: where it leads, and what each function's alias is at its end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from local.releases.functions import Function
from local.releases.records import Record

type End = tuple[str, Record]
"""The version that an alias names at the end of a way back, and the alias's record."""


@dataclass(frozen=True)
class Way:
    """All calls go from one release to another one. It leads `further` if the last deploy has no calls to lose."""

    left: str
    to: str
    is_further: bool

    def __str__(self) -> str:
        return f"{self.left} -> {self.to}"


def way_back(found: Mapping[str, Function]) -> Way | None:
    """The way from what is on its way, or else from what is live. None if no release before is known.

    Functions whose release is another function's former one are there already: a rollback that died did it.
    """
    records = [function.record for function in found.values()]
    if arriving := {record.to for record in records if record.to}:
        left, is_further = min(arriving), False
    else:
        older = {record.before.release for record in records if record.before}
        newest = Counter(record.release for record in records if record.before and record.release not in older)
        if not newest:
            return None
        left = newest.most_common(1)[0][0]
        is_further = {function.latest.release for function in found.values()} != {left}
    ends = Counter(end[1].release for function in found.values() if (end := taken_back(function, left)))
    return Way(left, ends.most_common(1)[0][0], is_further)


def taken_back(function: Function, left: str) -> End | None:
    """Where the function goes when the release is left. None if it is there."""
    record = function.record
    if record.release == left and record.before:
        return record.before.version, record.taken_back()
    return withdrawn(function, left)


def withdrawn(function: Function, left: str) -> End | None:
    """Where the function goes if the release is getting a part of its calls. None if it is not."""
    return (function.live.version, function.record.towards(None)) if function.record.to == left else None
