"""A driver reports that they are at the pickup. The report is checked by the position of their phone.

| the phone's position at that time                        | the arrival is                                           |
|----------------------------------------------------------|----------------------------------------------------------|
| within 100 m of the pickup, plus the error of the fix    | believed, with the distance                              |
| farther                                                  | refused, with the distance                               |
| not known: no fix, or only older ones                    | refused; the app sends a position and tries again        |
| not readable: the stores of positions do not answer      | taken without proof: the ride goes on, waiting is free   |

A fee for a no-show or for waiting needs a believed arrival. An arrival that is reported late is judged by the phone's
position at the time of the arrival. `arrival_told_at` is the time of the report, since the rider did not know before.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from rideflow.kernel.geo import Fix
from rideflow.markets.rules import ArrivalRules
from rideflow.trips.errors import NotAtPickupError, PositionUnknownError
from rideflow.trips.evidence import Seen, seen_at
from rideflow.trips.late import told_late
from rideflow.trips.model import Actor, Change, Operation, Trip, changed


def arrived(trip: Trip, fixes: Sequence[Fix] | None, at: datetime, now: datetime, rules: ArrivalRules) -> Change | None:
    """The change by which the driver waits since `at`; None if they have arrived already.

    `fixes` is None if the stores do not answer. Raises `NotAtPickupError`, `PositionUnknownError`, and
    `TripConflictError` if the driver is not on the way to the pickup.
    """
    distance_m = None if fixes is None else _believed(seen_at(fixes, at, trip.pickup, rules)).distance_m
    return changed(
        trip, Operation.ARRIVE, Actor.DRIVER, at, actor_id=trip.driver_id, told=told_late(at, now),
        arrived_at=at, arrival_told_at=now, arrival_distance_m=distance_m,
    )  # fmt: skip


def _believed(seen: Seen | None) -> Seen:
    if seen is None:
        raise PositionUnknownError("It is not known where you are: send a position, then say that you have arrived.")
    if not seen.is_there:
        raise NotAtPickupError(
            f"You are {seen.distance_m} m from the pickup; you have arrived within {seen.tolerance_m} m.",
            distance_m=seen.distance_m,
            tolerance_m=seen.tolerance_m,
        )
    return seen
