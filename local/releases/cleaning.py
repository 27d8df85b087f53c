"""Deletes releases that nothing can need any more: each is a version of every function, and names for sagas."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from local.releases.functions import Alias, Function, Functions
from local.releases.sagas import LONGEST_SAGA

_KEPT = 3
"""Releases that are kept whatever their age: the live one, the one before, and one more to look at."""


class Cleaning:
    """Since when a release is not live stands in the description of the names that sagas call it by."""

    def __init__(self, functions: Functions, now: Callable[[], datetime]) -> None:
        self._functions = functions
        self._now = now

    def mark(self, found: Mapping[str, Function], steps: Iterable[str]) -> None:
        """Write down when each release ended to be live. Sagas that it began may run on from then."""
        now = self._now().isoformat(timespec="seconds")
        for name in sorted(found.keys() & set(steps)):
            function = found[name]
            called = _called(function)
            for alias in function.releases.values():
                if alias.version in called:
                    self._functions.describe(alias, "")
                elif _ended(alias) is None:
                    self._functions.describe(alias, json.dumps({"until": now}))

    def clean(self, found: Mapping[str, Function], steps: Iterable[str]) -> None:
        """Delete the releases that ended to be live longer ago than any saga lasts, but for the newest ones."""
        self.mark(found, steps)
        over = self._over(found, steps)
        for name in sorted(found.keys() & set(steps)):
            for release in sorted(over & found[name].releases.keys()):
                self._functions.delete_alias(found[name].releases[release])
        if over:
            for function in found.values():
                self._delete_versions(function, over)

    def _over(self, found: Mapping[str, Function], steps: Iterable[str]) -> set[str]:
        """Releases that are over for every step: its aliases tell since when, the newest have the highest versions."""
        over: set[str] = set()
        needed: set[str] = set()
        for name in found.keys() & set(steps):
            releases = found[name].releases
            newest = sorted(releases.values(), key=lambda alias: int(alias.version))[-_KEPT:]
            for release, alias in releases.items():
                ended = _ended(alias)
                is_over = ended is not None and self._now() - ended > LONGEST_SAGA and alias not in newest
                (over if is_over else needed).add(release)
        return over - needed

    def _delete_versions(self, function: Function, over: set[str]) -> None:
        """All but those that an alias names, and the first one, which CloudFormation made and knows."""
        named = {alias.version for name, alias in function.aliases.items() if name not in over} | _called(function)
        for version in function.published[1:]:
            if version.release in over and version.number not in named:
                self._functions.delete_version(function.name, version.number)


def _called(function: Function) -> set[str]:
    """The versions that callers reach, or reach again after a rollback."""
    live = function.live
    before = {live.record.before.version} if live.record and live.record.before else set[str]()
    return {live.version, *live.weights} | before


def _ended(alias: Alias) -> datetime | None:
    try:
        return datetime.fromisoformat(json.loads(alias.description)["until"])
    except (ValueError, TypeError, KeyError):
        return None
