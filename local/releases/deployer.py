"""Moves all functions of a stage from one release to the next together, and back.

Every call changes one alias of one function, so that a deployer may die between any two. What it left is read from the
aliases by the next one, which goes on or takes back.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from infra.constructs.naming import LIVE
from infra.stages import STAGES
from local.cloud import Cloud
from local.releases.cleaning import Cleaning
from local.releases.functions import Alias, Function, Functions, ReleaseError, Version
from local.releases.judge import Judge, Split
from local.releases.records import Former, Record
from local.releases.sagas import Sagas

_LOOK_EVERY = timedelta(seconds=30)
_ALL = 100


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


@dataclass(frozen=True)
class Standing:
    """What answers in a stage: functions by the release of their alias, and what is on the way."""

    live: Mapping[str, int]
    deployed: frozenset[str]
    on_the_way: str | None
    percent: int
    before: str | None

    @property
    def release(self) -> str:
        """The release of most functions; a function that it does not have is of the one that brought it."""
        return max(self.live, key=lambda release: self.live[release])


@dataclass
class Deployer:
    """One stage's deployer. `percent` is the part of all calls that a new release gets now."""

    functions: Functions
    sagas: Sagas
    judge: Judge
    plan: Plan
    tell: Callable[[str], None] = lambda _: None
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    pause: Callable[[float], None] = time.sleep
    percent: int = field(default=0, init=False)

    def standing(self) -> Standing:
        """Look, and change nothing."""
        return _standing(self._look())

    def arriving(self) -> str | None:
        """The release that has a part of the calls, if there is one; a stage that is empty has none."""
        found = self.functions.all()
        return _standing(found).on_the_way if found else None

    def release(self) -> str:
        """Let what was last deployed answer all calls. Returns its name; does nothing if it does so already.

        Raises RejectedError when it was taken back, SomebodyElseError, and ReleaseError when it cannot begin.
        """
        found = self._look()
        target = _deployed(found)
        self._refuse_two(found, target)
        known_alarms = self._known_alarms(found)
        moves = self._prepared(found, target)
        if moves:
            self._shift(moves, target, self._first_step(found, moves, target), known_alarms)
            self.tell("deleting what nothing needs")
            Cleaning(self.functions, self.now).clean(self._look(), self.sagas.steps())
        return target

    def rollback(self) -> str:
        """Let the release before answer all calls, at once. Returns its name. Raises ReleaseError if there is none."""
        found = self._look()
        standing = _standing(found)
        if standing.on_the_way:
            self._take_back(found, standing.on_the_way)
        else:
            self._go_back(found)
        after = self._look()
        Cleaning(self.functions, self.now).mark(after, self.sagas.steps())
        return _standing(after).release

    def _look(self) -> dict[str, Function]:
        found = self.functions.all()
        if not found:
            raise ReleaseError("Nothing of this stage is deployed.")
        return found

    def _known_alarms(self, found: Mapping[str, Function]) -> set[str]:
        """Those that a release is not to blame for. One that a part of the calls went to already may be."""
        is_judged = len(self.plan.percents) > 1
        return self.judge.alarms() if is_judged and _standing(found).on_the_way is None else set()

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
        former = {_record(move.function).release for move in moves} - {target}
        arrived = [record for name, function in found.items() if name not in moving
                   if (record := function.live.record) and record.release == target]  # fmt: skip
        return any(record.before and record.before.release in former for record in arrived)

    def _shift(self, moves: Sequence[Move], target: str, first: int, known_alarms: set[str]) -> None:
        for percent in self.plan.percents[first:]:
            moves = self._give(moves, target, percent)
            self.percent = percent
            if percent < _ALL:
                self._judge(moves, target, percent, known_alarms)

    def _give(self, moves: Sequence[Move], target: str, percent: int) -> list[Move]:
        """Give the new versions so many of the calls. Returns the moves with the aliases as they are then."""
        given: list[Move] = []
        for number, move in enumerate(moves, 1):
            self.tell(f"{target} gets {percent} % of the calls: {number}/{len(moves)} functions")
            live, record = move.function.live, _record(move.function)
            if percent == _ALL:
                arrived = record.towards(None).followed_by(target, move.old.number)
                live = self.functions.move(live, move.new.number, {}, arrived)
            else:
                weights = {move.new.number: percent / _ALL} if move.is_divisible else {}
                live = self.functions.move(live, move.old.number, weights, record.towards(target))
            given.append(Move(_with(move.function, live), move.old, move.new))
        return given

    def _judge(self, moves: Sequence[Move], target: str, percent: int, known_alarms: set[str]) -> None:
        splits = [Split(move.function.name, move.old.number, move.new.number) for move in moves if move.is_divisible]
        since = self.now()
        while (passed := self.now() - since) < self.plan.judged_for:
            left_s = (self.plan.judged_for - passed).total_seconds()
            self.tell(f"{target} gets {percent} % of the calls, judged for {left_s / 60:.0f} more minutes")
            self.pause(min(_LOOK_EVERY.total_seconds(), left_s))
            if faults := list(self.judge.faults(splits, since, self.now(), known_alarms)):
                self._withdraw(moves)
                raise RejectedError(
                    f"{target} was taken back at {percent} %: {'; '.join(faults)}. "
                    f"All calls go to {_record(moves[0].function).release} again."
                )

    def _withdraw(self, moves: Sequence[Move]) -> None:
        for move in moves:
            self.tell("taking back")
            live, record = move.function.live, _record(move.function)
            self.functions.move(live, move.old.number, {}, record.towards(None))
        self.percent = 0

    def _take_back(self, found: Mapping[str, Function], target: str) -> None:
        """A release that is on its way. Functions that arrived come first: the others' records tell of the way."""
        for function in found.values():
            record = _record(function)
            if record.release == target and record.before and record.to is None:
                self._back(function, record.before, record)
        for function in found.values():
            if _record(function).to == target:
                self.functions.move(function.live, function.live.version, {}, _record(function).towards(None))

    def _go_back(self, found: Mapping[str, Function]) -> None:
        """Functions whose release is another function's former one are there already: a rollback that died did it."""
        records = {name: _record(function) for name, function in found.items()}
        older = {record.before.release for record in records.values() if record.before}
        going = {
            name: record.before for name, record in records.items() if record.before and record.release not in older
        }
        if not going:
            raise ReleaseError(f"There is no release to go back to: {_standing(found).release} is all that is known.")
        for number, (name, before) in enumerate(going.items(), 1):
            self.tell(f"back to {before.release}: {number}/{len(going)} functions")
            self._back(found[name], before, records[name])

    def _back(self, function: Function, before: Former, record: Record) -> None:
        self.functions.move(function.live, function.version(before.version).number, {}, record.taken_back())


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


def _record(function: Function) -> Record:
    """The alias's own record, or what its version tells."""
    return function.live.record or Record(function.version(function.live.version).release)


def _with(function: Function, live: Alias) -> Function:
    return replace(function, aliases={**function.aliases, LIVE: live})


def _deployed(found: Mapping[str, Function]) -> str:
    """The release that was last deployed. Raises ReleaseError if the deploy is not complete."""
    releases = Counter(function.latest.release for function in found.values())
    if len(releases) > 1:
        told = ", ".join(f"{count} functions of {release}" for release, count in releases.most_common())
        raise ReleaseError(f"The last deploy is not complete: there are {told}. Deploy again.")
    return next(iter(releases))


def _standing(found: Mapping[str, Function]) -> Standing:
    records = [_record(function) for function in found.values()]
    on_the_way = {record.to for record in records if record.to}
    live = Counter(record.release for record in records)
    most = live.most_common(1)[0][0]
    weights = [weight for function in found.values() for weight in function.live.weights.values()]
    return Standing(
        live=dict(live),
        deployed=frozenset(function.latest.release for function in found.values()),
        on_the_way=min(on_the_way, default=None),
        percent=round(max(weights, default=0) * _ALL),
        before=next((each.before.release for each in records if each.before and each.release == most), None),
    )
