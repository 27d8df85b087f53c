"""What an alias's description tells of its release. There is no other store: a deployer that died is followed by one
that reads the aliases.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Former:
    """The version that an alias named before, and its release."""

    release: str
    version: str


@dataclass(frozen=True)
class Record:
    """The release of an alias's version, what was there before, and the release that is getting a part of the calls."""

    release: str
    before: Former | None = None
    to: str | None = None

    def text(self) -> str:
        """As JSON; Lambda keeps 256 characters."""
        known = {"release": self.release, "to": self.to}
        former = {"before": [self.before.release, self.before.version]} if self.before else {}
        return json.dumps({name: value for name, value in known.items() if value} | former, separators=(",", ":"))

    @classmethod
    def parse(cls, text: str) -> Record | None:
        """None if the description is not ours: CloudFormation makes aliases without one."""
        try:
            told = json.loads(text)
            before = Former(*map(str, told["before"])) if "before" in told else None
            return cls(str(told["release"]), before, told.get("to"))
        except (ValueError, TypeError, KeyError):
            return None

    def towards(self, release: str | None) -> Record:
        """The same while calls move to the release; with None, when they do so no more."""
        return replace(self, to=release)

    def followed_by(self, release: str, version: str) -> Record:
        """When all calls go to the release; `version` is the one they went to.

        A release that is deployed again with other settings goes back to the release before, not to itself.
        """
        return Record(release, self.before if release == self.release else Former(self.release, version))

    def taken_back(self) -> Record:
        """When all calls go to the former version again, from where there is no way further back."""
        return Record(self.before.release if self.before else self.release)
