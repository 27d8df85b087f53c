"""How long before its pickup time a driver is looked for, and what becomes of a ride that is due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from rideflow.markets.rules import SchedulingRules
from rideflow.trips.scheduled.model import ScheduledRide


@dataclass(frozen=True, slots=True)
class RecentPickups:
    """Where rides are to be picked up soon, and what recent pickups there took, from the search to the arrival."""

    market: str
    zone: str
    product: str
    pickups: int
    pickup_s: float | None


@dataclass(frozen=True, slots=True)
class Horizon:
    """Rides of the zone and product are due where they are to be picked up until then."""

    zone: str
    product: str
    until: datetime


def lead(recent: RecentPickups, rules: SchedulingRules) -> timedelta:
    """How long before the pickup time rides there are due: expected time to a pickup, and slack.

    | recent pickups   | their time     | expected                 |
    |------------------|----------------|--------------------------|
    | too few          |                | what is usual            |
    | enough           | up to the most | what recent pickups took |
    | enough           | longer         | the most                 |
    """
    expected_s: float = rules.usual_pickup_s
    if recent.pickup_s is not None and recent.pickups >= rules.pickups_needed:
        expected_s = min(recent.pickup_s, rules.longest_pickup_s)
    return timedelta(seconds=expected_s + rules.slack_s)


def horizon(recent: RecentPickups, now: datetime, rules: SchedulingRules) -> Horizon:
    return Horizon(recent.zone, recent.product, now + lead(recent, rules))


def waits_until(ride: ScheduledRide, rules: SchedulingRules) -> datetime:
    """How long its rider waits for a driver, and the ride to become a trip."""
    return ride.pickup_at + rules.rider_waits


def is_missed(ride: ScheduledRide, now: datetime, rules: SchedulingRules) -> bool:
    return now >= waits_until(ride, rules)
