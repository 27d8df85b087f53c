"""What is known of where a driver is and was. Nothing here does I/O."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from rideflow.kernel.geo import Fix, Point, Sightings, distance_m
from rideflow.markets.rules import ArrivalRules


class DriverSightings(Protocol):
    """Reads where drivers' phones were."""

    def sightings(self, driver_id: UUID, trip_id: UUID, zone_ids: Iterable[str]) -> Sightings:
        """The driver's positions since the trip was assigned to them, and the last one known, in these zones."""
        ...


NOTHING_SEEN = Sightings((), is_complete=False)


class NoSightings:
    """Stands in for use cases that need no positions: nothing was seen, and something may be missing."""

    def sightings(self, driver_id: UUID, trip_id: UUID, zone_ids: Iterable[str]) -> Sightings:  # noqa: ARG002
        return NOTHING_SEEN


def fixes_about(seen: Sightings, moment: datetime, rules: ArrivalRules) -> Sequence[Fix] | None:
    """The fixes, if they tell where the driver was at the moment; None if it cannot be told.

    | zones                                   | a fix within `fix_counts_s` of the moment | then                      |
    |-----------------------------------------|-------------------------------------------|---------------------------|
    | all answered                            |                                           | the fixes, maybe none     |
    | some did not answer                     | yes                                       | the fixes of the others   |
    | some did not answer                     | no                                        | it cannot be told         |
    """
    is_told = any(abs(fix.at - moment) <= rules.fix_counts_for for fix in seen.fixes)
    return seen.fixes if seen.is_complete or is_told else None


@dataclass(frozen=True, slots=True)
class Seen:
    """A driver at a moment: metres from the place, and how many of them are within what the fix may be off by."""

    distance_m: int
    tolerance_m: int

    @property
    def is_there(self) -> bool:
        return self.distance_m <= self.tolerance_m


def seen_at(fixes: Sequence[Fix], moment: datetime, place: Point, rules: ArrivalRules) -> Seen | None:
    """How far from the place the driver was at the moment; None if no fix tells.

    | fixes                                                  | then                                        |
    |--------------------------------------------------------|---------------------------------------------|
    | some within `fix_counts_s` of the moment               | the one that is nearest in time decides     |
    | none; the last before and the first after it are there | the driver stood there: the farther of both |
    | else                                                   | not known                                   |

    The second row is a phone without a signal, in a garage: it was there when it fell silent, and when it came back.
    """
    around = [fix for fix in fixes if abs(fix.at - moment) <= rules.fix_counts_for]
    if around:
        return _seen(min(around, key=lambda fix: abs(fix.at - moment)), place, rules)
    before = [_seen(fix, place, rules) for fix in fixes if fix.at < moment][-1:]
    after = [_seen(fix, place, rules) for fix in fixes if fix.at > moment][:1]
    if before and after and before[0].is_there and after[0].is_there:
        return max(before[0], after[0], key=lambda seen: seen.distance_m)
    return None


def is_at(fix: Fix, place: Point, rules: ArrivalRules) -> bool:
    """Whether the fix lies at the place, plus what it may be off."""
    return _seen(fix, place, rules).is_there


def _seen(fix: Fix, place: Point, rules: ArrivalRules) -> Seen:
    tolerance_m = rules.within_m + min(fix.accuracy_m, rules.accuracy_counts_m)
    return Seen(round(distance_m(fix.place, place)), round(tolerance_m))
