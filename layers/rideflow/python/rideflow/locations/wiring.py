"""Locations' objects, built once per execution environment and imported where they are built."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from rideflow.kernel.clock import utc_now
from rideflow.kernel.settings import LocationsSettings, SupplySettings

if TYPE_CHECKING:
    from rideflow.locations.paths import Paths
    from rideflow.locations.tracking import StalePositions, Tracking


@cache
def tracking() -> Tracking:
    from rideflow.locations.tracking import Tracking
    from rideflow.realtime.wiring import realtime
    from rideflow.supply.wiring import positions

    return Tracking(positions(), realtime(), utc_now)


@cache
def stale_positions() -> StalePositions:
    from rideflow.locations.tracking import StalePositions
    from rideflow.realtime.wiring import realtime
    from rideflow.supply.wiring import silence

    return StalePositions(silence(), realtime(), utc_now)


@cache
def paths() -> Paths:
    from rideflow.kernel.postgres import database
    from rideflow.kernel.wiring import seals
    from rideflow.locations.archive import S3PathArchive
    from rideflow.locations.paths import Paths
    from rideflow.locations.rides import PostgresRides
    from rideflow.markets.wiring import markets
    from rideflow.supply.wiring import trails

    archive = S3PathArchive(LocationsSettings.from_environment().paths_bucket, seals())
    max_speed_mps = SupplySettings.from_environment().max_speed_mps
    return Paths(trails(), PostgresRides(database()), archive, markets(), max_speed_mps, utc_now)
