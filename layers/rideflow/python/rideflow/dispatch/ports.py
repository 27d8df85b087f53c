"""Ports to the contexts that dispatch calls."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol
from uuid import UUID

from rideflow.supply.model import PassedTrip, PlacedDriver, TripChange
from rideflow.trips.model import Trip


class TickScheduler(Protocol):
    """Asks for ticks."""

    def now(self, zone: str) -> None: ...


class DriverReservations(Protocol):
    """Supply's reservations: a driver with an offer is reserved, and released when the offer ends."""

    def reserve(self, driver: PlacedDriver, until: datetime) -> None: ...

    def release(self, drivers: Iterable[PlacedDriver], now: datetime) -> None: ...

    def assign(self, zone: str, trip: TripChange, others: Iterable[PlacedDriver], now: datetime) -> None: ...


class AirportQueues(Protocol):
    """Supply's airport queues: a driver who lets a trip pass moves to the end."""

    def move_to_end(self, passed: Iterable[PassedTrip], now: datetime) -> None: ...


class TripGiveUp(Protocol):
    """Ends a trip that no driver took."""

    def give_up(self, trip_id: UUID) -> Trip: ...
