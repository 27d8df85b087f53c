"""Pricing's objects, built once per execution environment."""

from __future__ import annotations

from functools import cache

from rideflow.kernel.clock import utc_now
from rideflow.kernel.postgres import database
from rideflow.pricing.model import straight_line_route
from rideflow.pricing.service import Pricing
from rideflow.pricing.store import PostgresQuotes


@cache
def pricing() -> Pricing:
    return Pricing(PostgresQuotes(database()), straight_line_route, utc_now)
