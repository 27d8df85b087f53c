"""Drivers' objects, built once per execution environment and imported where they are built."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from rideflow.kernel.clock import utc_now

if TYPE_CHECKING:
    from rideflow.drivers.service import Driving
    from rideflow.drivers.verifying import Verifying


@cache
def driving() -> Driving:
    from rideflow.drivers.service import Driving
    from rideflow.drivers.store import PostgresDrivers
    from rideflow.kernel.outbox import outbox
    from rideflow.kernel.postgres import database
    from rideflow.kernel.wiring import seals
    from rideflow.markets.wiring import markets

    return Driving(PostgresDrivers(database(), seals), outbox().publish, markets(), utc_now)


@cache
def verifying() -> Verifying:
    from rideflow.drivers.verifying import Verifying
    from rideflow.kernel.outbox import outbox
    from rideflow.kernel.postgres import database

    return Verifying(driving(), outbox(), database(), utc_now)
