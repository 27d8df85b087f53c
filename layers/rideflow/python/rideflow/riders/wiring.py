"""Riders' objects, built once per execution environment."""

from __future__ import annotations

from functools import cache

from rideflow.kernel.clock import utc_now
from rideflow.kernel.postgres import database
from rideflow.riders.profile import Riders
from rideflow.riders.profile_store import PostgresProfiles


@cache
def riders() -> Riders:
    return Riders(PostgresProfiles(database()), utc_now)
