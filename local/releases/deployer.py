"""Moves all functions of a stage from one release to the next together, and back.

Every call changes one alias of one function, so that a deployer may die between any two. What it left is read from the
aliases by the next one, which goes on or takes back.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from botocore.exceptions import BotoCoreError, ClientError

from infra.constructs.naming import LIVE
from infra.stages import STAGES
from local.cloud import Cloud
from local.releases.cleaning import Cleaning
from local.releases.functions import Alias, Function, Functions, ReleaseError, SomebodyElseError, Version
from local.releases.judge import Judge, Split
from local.releases.sagas import Sagas
from local.releases.way_back import End, Way, taken_back, way_back, withdrawn
from local.wording import counted

_LOOK_EVERY = timedelta(seconds=30)
_ALL = 100
_MOST_LOOKS = 20
"""Of a way back, each after a pass over all functions: a deployer that is in its way ends within a few."""


class RejectedError(ReleaseError):
    """The new release is worse; its calls were taken back."""


@dataclass(frozen=True)
class Plan:
    """The parts of all calls, in percent, that a new release gets one after the other, and how long each is judged."""

    percents: Sequence[int]
    judged_for: timedelta = timedelta(0)


@dataclass(frozen=True)
class Move:
    """A function on its way from one version to another."""

    function: Function
    old: Version
    new: Version

    @property
    def is_divisible(self) -> bool:
        """Lambda divides calls only between versions with one role and one queue for dead letters."""
        return self.old.can_share_calls_with(self.new)

    def is_begun(self, function: Function, target: str) -> bool:
        """Whether the function, as it is now, was given to the new version."""
        live = function.live
        return function.record.to == target or self.new.number in {live.version, *live.weights}


@dataclass(frozen=True)
class Standing:
    """What answers in a stage: functions by the release of their alias, and what is on the way."""

    live: Mapping[str, int]
    deployed: frozenset[str]
    on_the_way: str | None
    percent: int
    back: Way | None

    @property
    def release(self) -> str:
        """The release of most functions; a function that it does not have is of the one that brought it."""
        return max(self.live, key=lambda release: self.live[release])

    @property
    def before(self) -> str | None:
        """The release that a rollback goes to, unless it shall go further."""
        return self.back.to if self.back and not self.back.is_further else None


@dataclass
class Deployer:
    """One stage's deployer.

    `percent` is the part of all calls that a new release gets now; `warnings` tells what was left undone without harm.
    """

    functions: Functions
    sagas: Sagas
    judge: Judge
    plan: Plan
    tell: Callable[[str], None] = lambda _: None
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    pause: Callable[[float], None] = time.sleep
    percent: int = field(default=0, init=False)
    warnings: list[str] = field(default_factory=list, init=False)

    def standing(self) -> Standing:
        """Look, and change nothing."""
        return _standing(self._look())

    def arriving(self) -> str | None:
        """The release that has a part of the calls, if there is one; a stage that is empty has none."""
        found = _called(self.functions.all())
        return _standing(found).on_the_way if found else None

    def release(self, began: datetime | None = None) -> str:
        """Let what was last deployed answer all calls. Returns its name; moves nothing if it does so already.

        `began` is when its deploy began, if that is known. Raises RejectedError when the release was taken back,
        SomebodyElseError, and ReleaseError when it cannot begin.
        """
        found = self._finished()
        target = _deployed(found)
        self._refuse_two(found, target)
        if moves := self._prepared(found, target):
            self._shift(moves, target, self._first_step(found, moves, target), self._known_alarms(moves, began))
        self.tell("deleting what nothing needs")
        self._tidy(Cleaning(self.functions, self.now).clean)
        return target

    def way_back(self, *, further: bool = False) -> Way:
        """Where a rollback leads. Raises ReleaseError if it leads nowhere.

        Once what was last deployed has no calls, there is nothing to take back: a second rollback, by somebody else or
        by mistake, would take a good release back. So the way leads `further` only if that is asked for.
        """
        standing = self.standing()
        way = standing.back
        if not way:
            raise ReleaseError(f"There is no release to go back to: {standing.release} is all that is known.")
        if way.is_further and not further:
            deployed = " and ".join(sorted(standing.deployed - {way.left}))
            raise ReleaseError(
                f"Nothing is left to take back: {way.left} is live, and {deployed}, which was deployed last, has no "
                f"calls. To go further back, to {way.to}, add --further."
            )
        return way

    def rollback(self, way: Way | None = None) -> str:
        """Go the way at once, or the one that `way_back` finds. Returns the release that is live then.

        A release that is being given calls meanwhile is taken back too. Repeated, the same way changes nothing.
        """
        left = (way or self.way_back()).left
        found = self._undo(lambda function: taken_back(function, left))
        self._tidy(Cleaning(self.functions, self.now).mark)
        return _standing(found).release

    def _look(self) -> dict[str, Function]:
        if not (found := _called(self.functions.all())):
            raise ReleaseError("Nothing of this stage is deployed.")
        return found

    def _finished(self) -> dict[str, Function]:
        """All functions. Raises ReleaseError if callers do not reach one: its release could not be taken back."""
        found = self.functions.all()
        if unfinished := [name for name, function in found.items() if not function.is_called]:
            raise ReleaseError(
                f"{unfinished[0]} has no alias {LIVE!r}: a deploy or its removal is not complete. Deploy the stage "
                "again, or delete the function if it is none of the stage's."
            )
        if not found:
            raise ReleaseError("Nothing of this stage is deployed.")
        return found

    def _tidy(self, work: Callable[[Mapping[str, Function], set[str]], None]) -> None:
        """What fails here leaves more than is needed, and harms no caller: it must not make a good release fail."""
        try:
            work(self._look(), self.sagas.steps())
        except (BotoCoreError, ClientError, ReleaseError) as error:
            self.warnings.append(f"Former releases were not tidied up, which the next release does: {error}")

    def _known_alarms(self, moves: Sequence[Move], began: datetime | None) -> set[str]:
        """Those that a release is not to blame for: they were raised before its deploy changed anything."""
        if len(self.plan.percents) == 1:
            return set()
        first = min(move.function.latest.changed_at for move in moves)
        begin = min(began, first) if began else first
        return {alarm for alarm, raised in self.judge.alarms().items() if raised < begin}

    def _refuse_two(self, found: Mapping[str, Function], target: str) -> None:
        other = _standing(found).on_the_way
        if other not in (None, target):
            raise ReleaseError(f"The release {other} is on its way, and {target} was deployed since. Roll back first.")

    def _prepared(self, found: Mapping[str, Function], target: str) -> list[Move]:
        """Publish what is not published, and name the versions that sagas call."""
        published: dict[str, Version] = {}
        for number, function in enumerate(found.values(), 1):
            self.tell(f"publishing: {number}/{len(found)} functions")
            published[function.name] = function.published_latest() or self.functions.publish(function, target)
        for name, version in published.items():
            self.functions.wait_until_ready(name, version)
        for name in sorted(self.sagas.steps() & found.keys()):
            self.functions.name(found[name], target, published[name].number)
        return [
            Move(function, function.version(function.live.version), published[function.name])
            for function in found.values()
            if function.live.version != published[function.name].number
        ]

    def _first_step(self, found: Mapping[str, Function], moves: Sequence[Move], target: str) -> int:
        """The step at which a deployer that died stopped: the parts judged good before are not given again."""
        if self._was_arriving(found, moves, target):
            return len(self.plan.percents) - 1
        given = max(move.function.live.weights.get(move.new.number, 0) for move in moves)
        return next((at for at, percent in enumerate(self.plan.percents) if percent >= round(given * _ALL)), 0)

    def _was_arriving(self, found: Mapping[str, Function], moves: Sequence[Move], target: str) -> bool:
        """Whether a function already sends all of its calls to the target, and came from where the others still are."""
        moving = {move.function.name for move in moves}
        former = {move.function.record.release for move in moves} - {target}
        arrived = [record for name, function in found.items() if name not in moving
                   if (record := function.live.record) and record.release == target]  # fmt: skip
        return any(record.before and record.before.release in former for record in arrived)

    def _shift(self, moves: list[Move], target: str, first: int, known_alarms: set[str]) -> None:
        for percent in self.plan.percents[first:]:
            try:
                self._give(moves, target, percent)
            except SomebodyElseError:
                self._yield_to_rollback(moves, target)
                raise
            self._yield_to_rollback(moves, target)
            self.percent = percent
            if percent < _ALL:
                self._judge(moves, target, percent, known_alarms)

    def _give(self, moves: list[Move], target: str, percent: int) -> None:
        """Give the new versions so many of the calls. Each move is replaced by one with the alias as it is then."""
        for at, move in enumerate(moves):
            self.tell(f"{target} gets {percent} % of the calls: {at + 1}/{len(moves)} functions")
            live, record = move.function.live, move.function.record
            if percent == _ALL:
                arrived = record.towards(None).followed_by(target, move.old.number)
                live = self.functions.move(live, move.new.number, {}, arrived)
            else:
                weights = {move.new.number: percent / _ALL} if move.is_divisible else {}
                live = self.functions.move(live, move.old.number, weights, record.towards(target))
            moves[at] = Move(_with(move.function, live), move.old, move.new)

    def _yield_to_rollback(self, moves: Sequence[Move], target: str) -> None:
        """Take back the rest if somebody took back what was given: of a release and its rollback the rollback wins.

        A rollback cannot do this alone: it may have looked for the last time between two functions of one step.
        """
        given = [move for move in moves if move.is_begun(move.function, target)]
        found = self._look()
        if all(move.is_begun(found[move.function.name], target) for move in given if move.function.name in found):
            return
        self.percent = 0
        self._undo(lambda function: taken_back(function, target))
        raise SomebodyElseError(f"Somebody rolled {target} back while it was being released. It has no calls any more.")

    def _judge(self, moves: Sequence[Move], target: str, percent: int, known_alarms: set[str]) -> None:
        splits = [Split(move.function.name, move.old.number, move.new.number) for move in moves if move.is_divisible]
        since = self.now()
        while (passed := self.now() - since) < self.plan.judged_for:
            left_s = (self.plan.judged_for - passed).total_seconds()
            self.tell(f"{target} gets {percent} % of the calls, judged for {left_s / 60:.0f} more minutes")
            self.pause(min(_LOOK_EVERY.total_seconds(), left_s))
            if faults := list(self.judge.faults(splits, since, self.now(), known_alarms)):
                self._withdraw(moves, target)
                raise RejectedError(
                    f"{target} was taken back at {percent} %: {'; '.join(faults)}. "
                    f"All calls go to {moves[0].function.record.release} again."
                )

    def _withdraw(self, moves: Sequence[Move], target: str) -> None:
        names = {move.function.name for move in moves}
        self._undo(lambda function: withdrawn(function, target) if function.name in names else None)
        self.percent = 0

    def _undo(self, end_of: Callable[[Function], End | None]) -> dict[str, Function]:
        """Move all functions to their ends. Returns them as they are then.

        Whoever moved one meanwhile may have given it to the release that is taken back: so it looks again until there
        is nothing to move.
        """
        for _ in range(_MOST_LOOKS):
            found = self._look()
            ends = [(function, end) for function in found.values() if (end := end_of(function))]
            if not ends:
                return found
            for number, (function, (version, record)) in enumerate(ends, 1):
                self.tell(f"back to {record.release}: {number}/{len(ends)} functions")
                with suppress(SomebodyElseError):
                    self.functions.move(function.live, function.version(version).number, {}, record)
        raise SomebodyElseError(
            "Somebody else goes on moving the aliases of this stage. Stop that, and roll back again."
        )


def deployer_of(cloud: Cloud, tell: Callable[[str], None]) -> Deployer:
    """The deployer of the cloud's stage, with the stage's plan."""
    stage = STAGES[cloud.stage]
    return Deployer(
        Functions(cloud.client("lambda"), stage.name),
        Sagas(cloud.client("stepfunctions"), stage.name),
        Judge(cloud.client("cloudwatch"), stage.name),
        Plan(stage.release_percents, timedelta(minutes=stage.release_judged_min)),
        tell,
    )


def _with(function: Function, live: Alias) -> Function:
    return replace(function, aliases={**function.aliases, LIVE: live})


def _called(found: Mapping[str, Function]) -> dict[str, Function]:
    return {name: function for name, function in found.items() if function.is_called}


def _deployed(found: Mapping[str, Function]) -> str:
    """The release that was last deployed. Raises ReleaseError if the deploy is not complete."""
    releases = Counter(function.latest.release for function in found.values())
    if len(releases) > 1:
        told = ", ".join(f"{counted(count, 'function')} of {release}" for release, count in releases.most_common())
        raise ReleaseError(f"The last deploy is not complete: there are {told}. Deploy again.")
    return next(iter(releases))


def _standing(found: Mapping[str, Function]) -> Standing:
    records = [function.record for function in found.values()]
    on_the_way = {record.to for record in records if record.to}
    live = Counter(record.release for record in records)
    weights = [weight for function in found.values() for weight in function.live.weights.values()]
    return Standing(
        live=dict(live),
        deployed=frozenset(function.latest.release for function in found.values()),
        on_the_way=min(on_the_way, default=None),
        percent=round(max(weights, default=0) * _ALL),
        back=way_back(found),
    )
