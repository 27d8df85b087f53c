"""Drives a trip by its phone's positions, through the scripts that record them: its path is measured from these."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random
from uuid import UUID

from rideflow.kernel.geo import EARTH_RADIUS_M, Point, distance_m
from rideflow.kernel.outbox import outbox
from rideflow.kernel.postgres import database
from rideflow.supply.model import Recorded, TripChange, TripInHand
from rideflow.supply.position import Position
from rideflow.supply.wiring import availability_index, position_index, trip_index
from rideflow.trips.model import Trip
from rideflow.trips.service import Trips
from rideflow.trips.store import PostgresTrips
from rideflow.trips.wiring import trips
from tests.assigning import assign_driver
from tests.functions.payments.money import Money
from tests.market_data import DEPLOYED

EVERY_S = 4
SPEED_MPS = 10.0
_NORTH_M = math.radians(1) * EARTH_RADIUS_M

type Place = tuple[float, Point]
"""Seconds after the start, and the car's place."""


def quoted_way(trip: Trip, *, jam_s: float = 0.0, longer: float = 1.0, until: float = 1.0) -> list[Place]:
    """A way of the quoted length from the pickup to the dropoff, over one corner with a jam."""
    straight_m = distance_m(trip.pickup, trip.dropoff)
    corner = _beside(trip, math.sqrt(max(0.0, (trip.quoted_distance_m * longer) ** 2 - straight_m**2)) / 2)
    there = _driven([trip.pickup, corner], 0.0)
    back = _driven([corner, trip.dropoff], there[-1][0] + jam_s)
    jam = [(at_s, corner) for at_s in _times(there[-1][0], back[0][0])]
    way = there + jam + (back if jam else back[1:])
    return way[: round(until * len(way))]


def way_in_blocks(trip: Trip, blocks: int = 12) -> list[Place]:
    """A way from the pickup to the dropoff with a turn after every block, of equal length in both directions."""
    corners = [trip.pickup]
    for block in range(1, blocks + 1):
        share = block / blocks
        lat = trip.pickup.lat + share * (trip.dropoff.lat - trip.pickup.lat)
        lng = trip.pickup.lng + share * (trip.dropoff.lng - trip.pickup.lng)
        corners += [Point(lat=lat, lng=corners[-1].lng), Point(lat=lat, lng=lng)]
    return _driven(corners, 0.0)


def held(money: Money) -> Trip:
    """A trip with a hold."""
    trip_id = money.requested()
    money.hold(trip_id)
    return trips().get(UUID(trip_id))


def ride(
    money: Money,
    trip: Trip,
    way: Sequence[Place],
    *,
    sigma_m: float = 0.0,
    rho: float = 0.0,
    ended_s: float | None = None,
) -> str:
    """Play a ride from the way's first place to its last, or until `ended_s`; the phone sends the way."""
    ended_s = way[-1][0] if ended_s is None else ended_s
    started_at = datetime.now(UTC) - timedelta(seconds=ended_s)
    set_off(money, trip, _noisy(way, sigma_m, rho), started_at)
    ended_at = started_at + timedelta(seconds=ended_s)
    Trips(PostgresTrips(database()), outbox(), DEPLOYED, lambda: ended_at).complete(money.driver.id, trip.id)
    return str(trip.id)


def set_off(money: Money, trip: Trip, way: Sequence[Place], started_at: datetime) -> datetime:
    """Begin a ride; the phone sends the way and then nothing. Returns the time of its last position."""
    now, driver_id = started_at, money.driver.id
    service = Trips(PostgresTrips(database()), outbox(), DEPLOYED, lambda: started_at)
    assign_driver(database(), outbox(), trip.id, driver_id, started_at)
    service.arrive(driver_id, trip.id)
    service.start(driver_id, trip.id, trip.pin)
    zone = DEPLOYED.zone_at(trip.pickup).id
    availability_index().admit(zone, driver_id, "economy", 1)
    in_hand = TripInHand(trip.id, trip.rider_id, "in_progress", trip.dropoff)
    trip_index().change(zone, TripChange(driver_id, trip.id, 1, started_at, in_hand), started_at)
    for at_s, place in way:
        now = started_at + timedelta(seconds=at_s)
        recorded = position_index().record(
            zone, driver_id, [Position(lat=place.lat, lng=place.lng, recorded_at=now)], now
        )
        assert isinstance(recorded, Recorded)
        assert recorded.verdicts == ("accepted",), (at_s, recorded.verdicts)
    return now


def _beside(trip: Trip, off_m: float) -> Point:
    """A place at this distance beside the middle of the straight line from the pickup to the dropoff."""
    east_m = _NORTH_M * math.cos(math.radians(trip.pickup.lat))
    north, east = (trip.dropoff.lat - trip.pickup.lat) * _NORTH_M, (trip.dropoff.lng - trip.pickup.lng) * east_m
    length_m = math.hypot(north, east)
    return Point(
        lat=(trip.pickup.lat + trip.dropoff.lat) / 2 + off_m * east / length_m / _NORTH_M,
        lng=(trip.pickup.lng + trip.dropoff.lng) / 2 - off_m * north / length_m / east_m,
    )


def _driven(corners: Sequence[Point], start_s: float) -> list[Place]:
    way = [(start_s, corners[0])]
    for a, b in pairwise(corners):
        steps = max(1, math.ceil(distance_m(a, b) / SPEED_MPS / EVERY_S))
        for step in range(1, steps + 1):
            share = step / steps
            place = Point(lat=a.lat + share * (b.lat - a.lat), lng=a.lng + share * (b.lng - a.lng))
            way.append((way[-1][0] + EVERY_S, place))
    return way


def _times(start_s: float, end_s: float) -> list[float]:
    return [start_s + EVERY_S * step for step in range(1, int((end_s - start_s) / EVERY_S))]


def _noisy(way: Sequence[Place], sigma_m: float, rho: float) -> list[Place]:
    draw = Random(4)
    east_m = _NORTH_M * math.cos(math.radians(way[0][1].lat))
    north, east = draw.gauss(0, sigma_m), draw.gauss(0, sigma_m)
    new, noisy = sigma_m * math.sqrt(1 - rho * rho), []
    for at_s, place in way:
        noisy.append((at_s, Point(lat=place.lat + north / _NORTH_M, lng=place.lng + east / east_m)))
        north, east = rho * north + draw.gauss(0, new), rho * east + draw.gauss(0, new)
    return noisy
