"""The functions of a stage at Lambda: their versions and aliases."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from infra.constructs.naming import LIVE, RELEASES, resource_name
from local.cloud import CloudError
from local.releases.records import Record
from rideflow.kernel.settings import ReleaseSettings

_LATEST = "$LATEST"
_RELEASE_NAME = ReleaseSettings.variables()[0]
_PUBLISHED = (
    "Architectures", "CodeSha256", "DeadLetterConfig", "Environment", "EphemeralStorage", "Handler", "Layers",
    "LoggingConfig", "MemorySize", "Role", "Runtime", "Timeout", "TracingConfig", "VpcConfig",
)  # fmt: skip
"""What a version keeps of its function. Two with the same are one."""
_OF_BOTH = ("Role", "DeadLetterConfig")
"""Lambda divides the calls of an alias only between versions that have these in common."""

type Json = Mapping[str, Any]


class ReleaseError(CloudError):
    """The release cannot go on; the message says why and what state it leaves."""


class SomebodyElseError(ReleaseError):
    """An alias or a function is not as it was read: another deployer is at work."""


@dataclass(frozen=True)
class Version:
    """A version as Lambda lists it; `number` is `$LATEST` of the one that is not published."""

    number: str
    told: Json

    @property
    def release(self) -> str:
        """The release that the version is of."""
        return str(self.told.get("Environment", {}).get("Variables", {}).get(_RELEASE_NAME, "unnamed"))

    @property
    def changed_at(self) -> datetime:
        return datetime.fromisoformat(self.told["LastModified"])

    def is_like(self, other: Version) -> bool:
        return self._of(_PUBLISHED) == other._of(_PUBLISHED)

    def can_share_calls_with(self, other: Version) -> bool:
        return self._of(_OF_BOTH) == other._of(_OF_BOTH)

    def _of(self, names: Sequence[str]) -> str:
        return json.dumps([self.told.get(name) for name in names], sort_keys=True, default=str)


@dataclass(frozen=True)
class Alias:
    """An alias as Lambda has it. `weights` are the parts, from 0 to 1, of a further version's calls."""

    function: str
    name: str
    version: str
    weights: Mapping[str, float]
    description: str
    revision: str

    @cached_property
    def record(self) -> Record | None:
        return Record.parse(self.description)

    def is_at(self, version: str, weights: Mapping[str, float], description: str) -> bool:
        return (self.version, dict(self.weights), self.description) == (version, dict(weights), description)


@dataclass(frozen=True)
class Function:
    """A function with its versions, the oldest first, and its aliases by name."""

    name: str
    latest: Version
    published: tuple[Version, ...]
    aliases: Mapping[str, Alias]

    @property
    def is_called(self) -> bool:
        """False while it is being made or deleted, and of a function that is none of the stage's."""
        return LIVE in self.aliases

    @property
    def live(self) -> Alias:
        return self.aliases[LIVE]

    @property
    def record(self) -> Record:
        """The live alias's own record, or what its version tells."""
        return self.live.record or Record(self.version(self.live.version).release)

    @property
    def releases(self) -> dict[str, Alias]:
        """The aliases that sagas call, by release."""
        return {name: alias for name, alias in self.aliases.items() if name.startswith(RELEASES)}

    def version(self, number: str) -> Version:
        """Raises ReleaseError if it was deleted."""
        for each in self.published:
            if each.number == number:
                return each
        raise ReleaseError(f"{self.name} has no version {number} any more.")

    def published_latest(self) -> Version | None:
        """The version that is what was last deployed, if it is published already."""
        return next((each for each in reversed(self.published) if each.is_like(self.latest)), None)


class Functions:
    """The functions of one stage. `client` is boto3's; it waits by itself when Lambda asks for fewer calls."""

    def __init__(self, client: Any, stage: str) -> None:
        self._client = client
        self._prefix = resource_name(stage, "")

    def all(self) -> dict[str, Function]:
        """By name, in its order; also those that callers do not reach."""
        listed: dict[str, list[Version]] = defaultdict(list)
        for page in self._client.get_paginator("list_functions").paginate(FunctionVersion="ALL"):
            for told in page["Functions"]:
                if told["FunctionName"].startswith(self._prefix):
                    listed[told["FunctionName"]].append(Version(str(told["Version"]), told))
        return {name: self._function(name, versions) for name, versions in sorted(listed.items())}

    def publish(self, function: Function, release: str) -> Version:
        """Keep what was last deployed as a version. Published twice, it is one.

        Raises SomebodyElseError if something else was deployed since it was read.
        """
        try:
            version = self._published(function.name, release, function.latest)
        except self._client.exceptions.PreconditionFailedException:
            # Not only a deploy gives a function a new revision: so may a publishing whose answer was lost.
            latest = Version(_LATEST, self._client.get_function(FunctionName=function.name)["Configuration"])
            if not latest.is_like(function.latest):
                raise _deployed_anew(function) from None
            version = self._published(function.name, release, latest)
        if version.release != release:
            raise _deployed_anew(function)
        return version

    def wait_until_ready(self, function: str, version: Version) -> None:
        """Return when calls of the version are answered."""
        if version.told.get("State", "Active") != "Active":
            self._client.get_waiter("function_active_v2").wait(FunctionName=function, Qualifier=version.number)

    def move(self, alias: Alias, version: str, weights: Mapping[str, float], record: Record) -> Alias:
        """Let the alias name the version, and a further one for a part of its calls. Raises SomebodyElseError."""
        return self._changed(alias, version, weights, record.text())

    def describe(self, alias: Alias, description: str) -> Alias:
        """Change the description alone. Raises SomebodyElseError."""
        return self._changed(alias, alias.version, alias.weights, description)

    def name(self, function: Function, release: str, version: str) -> None:
        """Give the version the release's name, by which the release's sagas call it."""
        if alias := function.aliases.get(release):
            self._changed(alias, version, {}, "")
            return
        self._client.create_alias(FunctionName=function.name, Name=release, FunctionVersion=version)

    def delete_alias(self, alias: Alias) -> None:
        self._client.delete_alias(FunctionName=alias.function, Name=alias.name)

    def delete_version(self, function: str, number: str) -> None:
        self._client.delete_function(FunctionName=function, Qualifier=number)

    def _published(self, name: str, release: str, latest: Version) -> Version:
        told = self._client.publish_version(
            FunctionName=name, Description=release, RevisionId=latest.told["RevisionId"]
        )
        return Version(str(told["Version"]), told)

    def _changed(self, alias: Alias, version: str, weights: Mapping[str, float], description: str) -> Alias:
        if alias.is_at(version, weights, description):
            return alias
        try:
            told = self._client.update_alias(
                FunctionName=alias.function,
                Name=alias.name,
                FunctionVersion=version,
                Description=description,
                RoutingConfig={"AdditionalVersionWeights": dict(weights)},
                RevisionId=alias.revision,
            )
        except self._client.exceptions.PreconditionFailedException:
            return self._as_wanted(alias, version, weights, description)
        return _alias(alias.function, told)

    def _as_wanted(self, alias: Alias, version: str, weights: Mapping[str, float], description: str) -> Alias:
        """An update that is repeated after its answer was lost fails, although it is done."""
        now = _alias(alias.function, self._client.get_alias(FunctionName=alias.function, Name=alias.name))
        if not now.is_at(version, weights, description):
            raise SomebodyElseError(f"Somebody else moves the aliases of this stage: {alias.function} has changed.")
        return now

    def _function(self, name: str, versions: Sequence[Version]) -> Function:
        pages = self._client.get_paginator("list_aliases").paginate(FunctionName=name)
        aliases = {told["Name"]: _alias(name, told) for page in pages for told in page["Aliases"]}
        latest = next(each for each in versions if each.number == _LATEST)
        published = sorted((each for each in versions if each is not latest), key=lambda each: int(each.number))
        return Function(name, latest, tuple(published), aliases)


def _deployed_anew(function: Function) -> SomebodyElseError:
    return SomebodyElseError(f"Somebody else deploys this stage: {function.name} has changed. Nothing was released.")


def _alias(function: str, told: Json) -> Alias:
    weights = (told.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}
    return Alias(
        function, told["Name"], str(told["FunctionVersion"]), weights, told.get("Description", ""), told["RevisionId"]
    )
