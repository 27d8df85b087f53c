"""Evidence of where a driver is and was. Nothing here does I/O."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from rideflow.kernel.geo import Fix, Point, Sightings, distance_m
from rideflow.markets.rules import ArrivalRules


class DriverSightings(Protocol):
    """Reads the positions of drivers' phones."""

    def sightings(self, driver_id: UUID, trip_id: UUID, zone_ids: Iterable[str]) -> Sightings:
        """The driver's positions in these zones since the trip was assigned to them, and their last known position."""
        ...


NOTHING_SEEN = Sightings((), is_complete=False)


class NoSightings:
    """For use cases that need no positions: nothing was seen, and the sightings are not complete."""

    def sightings(self, driver_id: UUID, trip_id: UUID, zone_ids: Iterable[str]) -> Sightings:  # noqa: ARG002
        return NOTHING_SEEN


def fixes_about(seen: Sightings, moment: datetime, rules: ArrivalRules) -> Sequence[Fix] | None:
    """The fixes, if they decide where the driver was at the moment; None if positions may be missing.

    | zones                                   | a fix within `fix_counts_s` of the moment | then                      |
    |-----------------------------------------|-------------------------------------------|---------------------------|
    | all answered                            |                                           | the fixes, maybe none     |
    | some did not answer                     | yes                                       | the fixes of the others   |
    | some did not answer                     | no                                        | None                      |
    """
    is_told = any(abs(fix.at - moment) <= rules.fix_counts_for for fix in seen.fixes)
    return seen.fixes if seen.is_complete or is_told else None


@dataclass(frozen=True, slots=True)
class Seen:
    """A driver at a moment: their distance from the place, and the distance up to which they count as there."""

    distance_m: int
    tolerance_m: int

    @property
    def is_there(self) -> bool:
        return self.distance_m <= self.tolerance_m


def seen_at(fixes: Sequence[Fix], moment: datetime, place: Point, rules: ArrivalRules) -> Seen | None:
    """How far from the place the driver was at the moment; None if no fix shows it.

    | fixes                                                  | then                                        |
    |--------------------------------------------------------|---------------------------------------------|
    | some within `fix_counts_s` of the moment               | the one that is nearest in time decides     |
    | none; the last before and the first after it are there | the driver stood there: the farther of both |
    | any other                                              | None                                        |

    The second row is for a phone without a signal, for example in a garage: it was there when it fell silent, and when
    it came back.
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
    """Whether the fix is at the place, within its error."""
    return _seen(fix, place, rules).is_there


def _seen(fix: Fix, place: Point, rules: ArrivalRules) -> Seen:
    tolerance_m = rules.within_m + min(fix.accuracy_m, rules.accuracy_counts_m)
    return Seen(round(distance_m(fix.place, place)), round(tolerance_m))
