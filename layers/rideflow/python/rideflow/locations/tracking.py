"""Live tracking: the rider of a trip sees the car's place, or that it is no longer known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID, uuid5

from rideflow.kernel.clock import Clock
from rideflow.kernel.geo import distance_m
from rideflow.kernel.ids import uuid7
from rideflow.locations.frames import DriverPosition
from rideflow.markets.zones import Zone
from rideflow.realtime.ports import FramePusher
from rideflow.supply.model import STALE_AFTER, Recorded, SilentDriver, TripInHand, is_stale
from rideflow.supply.position import Position
from rideflow.supply.positions import Positions


@dataclass(frozen=True, slots=True)
class Tracking:
    """Records positions and shows them to the rider of the driver's trip."""

    positions: Positions
    realtime: FramePusher
    clock: Clock

    def record(
        self, driver_id: UUID, positions: Sequence[Position | None], sent_at: datetime | None = None
    ) -> Recorded:
        """Judge the driver's positions, apply those that are believed, and push the newest of them to the rider.

        None stands for a position that cannot be read. `sent_at` is by the phone's clock. Raises
        `DriverNotOnlineError`, `MarketWithdrawnError`.
        """
        recorded = self.positions.record(driver_id, positions, sent_at)
        newest, zone, trip = recorded.newest, recorded.in_zone, recorded.trip
        if newest is not None and zone is not None and trip is not None:
            self._tell_rider(trip, newest, zone, timedelta(milliseconds=recorded.clock_slow_ms))
        return recorded

    def _tell_rider(self, trip: TripInHand, position: Position, zone: Zone, clock_slow: timedelta) -> None:
        now, recorded_at = self.clock(), position.recorded_at + clock_slow
        eta_s = round(zone.market.travel.to_pickups.seconds(distance_m(position.point, trip.target)))
        frame = DriverPosition(
            trip_id=trip.trip_id,
            lat=position.lat,
            lng=position.lng,
            heading_deg=position.heading_deg,
            eta_s=eta_s,
            recorded_at=recorded_at,
            stale_after=recorded_at + STALE_AFTER,
            stale=is_stale(recorded_at, now),
        )
        self.realtime.push(trip.rider_id, frame, id=uuid7(), at=now)


class SilentDrivers(Protocol):
    """Reads from supply whether a driver is silent."""

    def one_silent(self, zone: str, driver_id: UUID, since: datetime) -> SilentDriver | None: ...


@dataclass(frozen=True, slots=True)
class StalePositions:
    """Tells riders that their driver's last position is too old to be shown as the car's place."""

    silence: SilentDrivers
    realtime: FramePusher
    clock: Clock

    def tell_rider(self, event_id: UUID, zone: str, driver_id: UUID, trip_id: UUID) -> None:
        """Push the stale position, unless it is not the last or the trip is over. A repeat has the same frame id."""
        now = self.clock()
        driver = self.silence.one_silent(zone, driver_id, now - STALE_AFTER)
        if driver is None or driver.place is None or driver.trip is None or driver.trip.trip_id != trip_id:
            return
        frame = DriverPosition(
            trip_id=trip_id,
            lat=driver.place.lat,
            lng=driver.place.lng,
            heading_deg=driver.heading_deg,
            eta_s=None,
            recorded_at=driver.last_seen_at,
            stale_after=driver.last_seen_at + STALE_AFTER,
            stale=True,
        )
        self.realtime.push(driver.trip.rider_id, frame, id=uuid5(event_id, "stale"), at=now)
