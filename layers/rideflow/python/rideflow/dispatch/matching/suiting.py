"""Whether a driver is one whom a ride can be offered to: where, how far and how well are other questions."""

from __future__ import annotations

from collections.abc import Hashable

from rideflow.dispatch.matching.world import FreeDriver, OpenRequest
from rideflow.kernel.needs import unmet


def suits[Driver: Hashable](driver: FreeDriver[Driver], request: OpenRequest[object, Driver]) -> bool:
    """The class, the ride's needs, and that the driver was not asked before."""
    return (
        driver.vehicle_class == request.vehicle_class
        and driver.driver_id not in request.excluded
        and unmet(request.needs, driver.traits) is None
    )
