"""Drivers' objects, built once per execution environment."""

from __future__ import annotations

from functools import cache

from rideflow.drivers.service import Driving
from rideflow.drivers.store import PostgresDrivers
from rideflow.kernel.clock import utc_now
from rideflow.kernel.outbox import outbox
from rideflow.kernel.postgres import database


@cache
def driving() -> Driving:
    return Driving(PostgresDrivers(database()), outbox().publish, utc_now)
