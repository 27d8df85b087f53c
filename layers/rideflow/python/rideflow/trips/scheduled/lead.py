"""The time before its pickup at which a ride is due, and the time at which it is missed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from rideflow.markets.rules import SchedulingRules
from rideflow.trips.scheduled.model import ScheduledRide


@dataclass(frozen=True, slots=True)
class RecentPickups:
    """A zone and product in which rides are to be picked up soon, with the recent pickups there.

    `pickups` is their number. `pickup_s` is the time within which four of five took place, from the search for a driver
    to the arrival.
    """

    market: str
    zone: str
    product: str
    pickups: int
    pickup_s: float | None


@dataclass(frozen=True, slots=True)
class Horizon:
    """Rides of the zone and product are due if their pickup time is at most `until`."""

    zone: str
    product: str
    until: datetime


def lead(recent: RecentPickups, rules: SchedulingRules) -> timedelta:
    """How long before the pickup time rides are due: the expected time to a pickup, plus `slack_s`.

    | recent pickups   | their time                | expected            |
    |------------------|---------------------------|---------------------|
    | too few          |                           | `usual_pickup_s`    |
    | enough           | up to `longest_pickup_s`  | their time          |
    | enough           | longer                    | `longest_pickup_s`  |
    """
    expected_s: float = rules.usual_pickup_s
    if recent.pickup_s is not None and recent.pickups >= rules.pickups_needed:
        expected_s = min(recent.pickup_s, rules.longest_pickup_s)
    return timedelta(seconds=expected_s + rules.slack_s)


def horizon(recent: RecentPickups, now: datetime, rules: SchedulingRules) -> Horizon:
    return Horizon(recent.zone, recent.product, now + lead(recent, rules))


def waits_until(ride: ScheduledRide, rules: SchedulingRules) -> datetime:
    """Until when the rider waits for a driver, and the ride can become a trip."""
    return ride.pickup_at + rules.rider_waits


def is_missed(ride: ScheduledRide, now: datetime, rules: SchedulingRules) -> bool:
    return now >= waits_until(ride, rules)
