"""Findings of checkov and cfripper about the templates: each is argued in `accepted.toml`, or it fails the check."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from local.paths import STATE

TOOLS = STATE / "venvs" / "findings"
"""The tools' environment, which `make setup-tests` makes."""
ACCEPTED = Path(__file__).resolve().parent / "accepted.toml"


class ArgumentsError(ValueError):
    """`accepted.toml` has an entry that lacks something or says nothing."""


@dataclass(frozen=True, order=True)
class Finding:
    """A tool's rule that a resource breaks. `where`: `<stack>/<logical id>`, checkov's with the type before the id."""

    tool: str
    rule: str
    where: str
    message: str
    stage: str

    def __str__(self) -> str:
        return f"{self.tool} {self.rule} {self.where} ({self.stage}): {self.message}"


@dataclass(frozen=True)
class Argument:
    """Why a rule's findings are accepted, for the resources that `resources` matches (`*` and `?` are wildcards)."""

    tool: str
    rule: str
    resources: str
    reason: str

    def covers(self, finding: Finding) -> bool:
        return (self.tool, self.rule) == (finding.tool, finding.rule) and fnmatchcase(finding.where, self.resources)

    def __str__(self) -> str:
        return f"{self.tool} {self.rule} {self.resources}"


@dataclass(frozen=True)
class Judgement:
    """What `accepted.toml` does not say: findings without an argument, and arguments without a finding."""

    unargued: Sequence[Finding]
    stale: Sequence[Argument]

    @property
    def passes(self) -> bool:
        return not self.unargued and not self.stale


def arguments(file: Path = ACCEPTED) -> list[Argument]:
    """The entries of the file. Raises `ArgumentsError`."""
    told = tomllib.loads(file.read_text(encoding="utf-8")).get("finding", [])
    for entry in told:
        if set(entry) != {"tool", "rule", "resources", "reason"} or not all(
            str(each).strip() for each in entry.values()
        ):
            raise ArgumentsError(
                f"{file.name}: an entry has tool, rule, resources and reason, each with a text: {entry}"
            )
    return [Argument(**entry) for entry in told]


def judge(findings: Iterable[Finding], accepted: Sequence[Argument]) -> Judgement:
    found = list(findings)
    unargued = [finding for finding in found if not any(argument.covers(finding) for argument in accepted)]
    stale = [argument for argument in accepted if not any(argument.covers(finding) for finding in found)]
    return Judgement(sorted(unargued), stale)
