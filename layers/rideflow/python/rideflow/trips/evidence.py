"""What is known of where a driver is and was. Nothing here does I/O."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from rideflow.kernel.errors import UnavailableError
from rideflow.kernel.geo import Fix, Point, distance_m
from rideflow.trips.rules import ArrivalRules


class Whereabouts(Protocol):
    """Tells where drivers' phones were."""

    def fixes(self, driver_id: UUID, trip_id: UUID) -> Sequence[Fix]:
        """The driver's positions since the trip was assigned to them, and the last one known, oldest first.

        Raises `UnavailableError` if it cannot be told.
        """
        ...


class NobodyLooks:
    """The whereabouts of drivers as those know them who need not."""

    def fixes(self, driver_id: UUID, trip_id: UUID) -> Sequence[Fix]:
        raise UnavailableError("Nobody looks where drivers are.", driver_id=str(driver_id), trip_id=str(trip_id))


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


def _seen(fix: Fix, place: Point, rules: ArrivalRules) -> Seen:
    tolerance_m = rules.within_m + min(fix.accuracy_m, rules.accuracy_counts_m)
    return Seen(round(distance_m(fix.place, place)), round(tolerance_m))
