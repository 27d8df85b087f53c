"""The objects of operations, built once per execution environment.

Each is imported where it is built: an operation pays at a cold start for what it uses.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from rideflow.kernel.clock import utc_now

if TYPE_CHECKING:
    from rideflow.operations.offers import OperatorOffers
    from rideflow.operations.reasons import Reasons
    from rideflow.operations.set_aside import SetAsideEvents
    from rideflow.operations.trips import OperatorTrips
    from rideflow.operations.zones import OperatorZones
    from rideflow.trips.operating import StuckList


@cache
def offers() -> OperatorOffers:
    from rideflow.dispatch.wiring import manual_dispatch
    from rideflow.kernel.outbox import outbox
    from rideflow.kernel.postgres import database
    from rideflow.operations.offers import OperatorOffers

    return OperatorOffers(manual_dispatch(), outbox(), database(), _reasons(), utc_now)


@cache
def zones() -> OperatorZones:
    from rideflow.dispatch import wiring as dispatch
    from rideflow.kernel.postgres import database
    from rideflow.operations.zones import OperatorZones

    return OperatorZones(dispatch.zones(), database(), utc_now)


@cache
def trips() -> OperatorTrips:
    from rideflow.kernel.outbox import outbox
    from rideflow.kernel.postgres import database
    from rideflow.operations.trips import OperatorTrips
    from rideflow.trips.wiring import operators

    return OperatorTrips(operators(), outbox(), database(), _reasons(), utc_now)


def _reasons() -> Reasons:
    from rideflow.kernel.postgres import database
    from rideflow.kernel.wiring import seals
    from rideflow.operations.reasons import Reasons

    return Reasons(database(), seals)


@cache
def stuck_trips() -> StuckList:
    from rideflow.trips.wiring import stuck_list

    return stuck_list()


@cache
def set_aside() -> SetAsideEvents:
    from rideflow.kernel import wiring as kernel
    from rideflow.kernel.postgres import database
    from rideflow.operations.set_aside import SetAsideEvents

    return SetAsideEvents(kernel.set_aside(), database(), utc_now)
