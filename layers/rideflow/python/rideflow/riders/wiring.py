"""Riders' objects, built once per execution environment and imported where they are built."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from rideflow.kernel.clock import utc_now

if TYPE_CHECKING:
    from rideflow.riders.profile import Riders


@cache
def riders() -> Riders:
    from rideflow.kernel.postgres import database
    from rideflow.kernel.wiring import seals
    from rideflow.markets.wiring import markets
    from rideflow.riders.profile import Riders
    from rideflow.riders.profile_store import PostgresProfiles

    return Riders(PostgresProfiles(database()), markets, seals, utc_now)
