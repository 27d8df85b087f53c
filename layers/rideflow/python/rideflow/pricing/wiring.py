"""Pricing's objects, built once per execution environment and imported where they are built."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from rideflow.kernel.clock import utc_now

if TYPE_CHECKING:
    from rideflow.pricing.service import Pricing


@cache
def pricing() -> Pricing:
    from rideflow.kernel.postgres import database
    from rideflow.markets.wiring import markets
    from rideflow.pricing.routes import usual_route
    from rideflow.pricing.service import Pricing
    from rideflow.pricing.store import PostgresQuotes

    return Pricing(PostgresQuotes(database()), usual_route, markets(), utc_now)
