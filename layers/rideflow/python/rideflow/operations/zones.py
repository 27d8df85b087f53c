"""Zones as staff see them: how each is dispatched, and who waits there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import TYPE_CHECKING, Annotated, Literal, Self
from uuid import UUID

from pydantic import Field

from rideflow.dispatch.model import Strategy
from rideflow.kernel import audit
from rideflow.kernel.audit import OperatorAction
from rideflow.kernel.clock import Clock
from rideflow.kernel.fault_isolation import readable
from rideflow.kernel.geo import Point
from rideflow.kernel.model import Request, View
from rideflow.kernel.postgres import Database
from rideflow.kernel.vehicles import ProductId

if TYPE_CHECKING:
    from rideflow.dispatch.model import ZoneState
    from rideflow.dispatch.zones import Zones

_OPERATION = "set_strategy"


class StrategyView(Request):
    """How a zone is dispatched: `joint` decides on all who wait together, `broadcast` asks the nearest of each."""

    strategy: Literal["joint", "broadcast"] = "joint"
    offers_per_trip: Annotated[int, Field(ge=1, le=50, description="Live offers of one trip at most")] = 1
    offers_per_driver: Annotated[int, Field(ge=1, le=10, description="Live offers to one driver at most")] = 1
    forward_s: Annotated[
        int,
        Field(ge=0, le=180, description="Within how many seconds drivers drop off who are asked ahead; 0: none"),
    ] = 0

    @property
    def value(self) -> Strategy:
        return Strategy(self.strategy, self.offers_per_trip, self.offers_per_driver, self.forward_s)

    @classmethod
    def of(cls, strategy: Strategy) -> Self:
        return cls(
            strategy=strategy.name,
            offers_per_trip=strategy.offers_per_trip,
            offers_per_driver=strategy.offers_per_driver,
            forward_s=strategy.forward_s,
        )


class ZoneView(View):
    """A zone, how it is dispatched, and how many riders wait in it for a driver."""

    zone_id: str
    market: str
    strategy: StrategyView
    waiting: int
    waiting_since: datetime | None

    @classmethod
    def of(cls, zone: ZoneState) -> Self:
        return cls(
            zone_id=zone.zone_id,
            market=zone.market,
            strategy=StrategyView.of(zone.strategy),
            waiting=zone.waiting,
            waiting_since=zone.waiting_since,
        )


class ZonesView(View):
    """Every zone."""

    zones: list[ZoneView]


class WaitingTripView(View):
    """A trip that waits for a driver until `waits_until`; if it `is_promised`, for its driver to drop off."""

    trip_id: UUID
    rider_id: UUID
    product: ProductId
    pickup: Point
    dropoff: Point
    waiting_since: datetime
    waits_until: datetime
    drivers_asked: int
    live_offers: int
    is_promised: bool


class WaitingTripsView(View):
    """The riders who wait in a zone, the longest first."""

    trips: list[WaitingTripView]


@dataclass(frozen=True, slots=True)
class OperatorZones:
    """Every zone of every market."""

    zones: Zones
    database: Database
    clock: Clock

    def all(self) -> list[ZoneView]:
        """In the order of the markets' files; a zone of a strategy that this code does not know is left out."""
        return readable(self.zones.all(), ZoneView.of, "zone", attrgetter("zone_id"))

    def set_strategy(self, operator_id: UUID, zone_id: str, wanted: StrategyView) -> StrategyView:
        """It holds from the zone's next tick on, and is audited with what was before. Raises `ZoneNotFoundError`."""
        with self.database.transaction():
            before = self.zones.set_strategy(zone_id, wanted.value)
            details = {"zone": zone_id, "before": before, "after": wanted.model_dump()}
            audit.record(self.database, OperatorAction(self.clock(), operator_id, _OPERATION, None, "done", details))
        return wanted

    def waiting(self, zone_id: str, limit: int) -> list[WaitingTripView]:
        """The longest waiting first. Raises `ZoneNotFoundError`."""
        return [WaitingTripView.model_validate(request) for request in self.zones.waiting(zone_id, limit)]
