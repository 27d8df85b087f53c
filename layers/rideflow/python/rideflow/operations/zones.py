"""Zones for staff: their strategies, and the riders who wait there."""

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
_DEFAULT = Strategy()


class StrategyView(Request):
    """A zone's strategy. `joint` decides on all riders together, `broadcast` asks the nearest drivers of each."""

    strategy: Literal["joint", "broadcast"] = _DEFAULT.name
    offers_per_trip: Annotated[int, Field(ge=1, le=50, description="The most live offers of one trip")] = (
        _DEFAULT.offers_per_trip
    )
    offers_per_driver: Annotated[int, Field(ge=1, le=10, description="The most live offers to one driver")] = (
        _DEFAULT.offers_per_driver
    )
    forward_s: Annotated[
        int,
        Field(ge=0, le=180, description="A driver who drops off within these seconds can be asked ahead; 0: nobody"),
    ] = _DEFAULT.forward_s

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
    """A zone, its strategy, and how many riders wait for a driver in it."""

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
    """A trip that waits for a driver until `waits_until`. If it `is_promised`, it waits for its driver's dropoff."""

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
    """The trips that wait in a zone, the longest waiting first."""

    trips: list[WaitingTripView]


@dataclass(frozen=True, slots=True)
class OperatorZones:
    """The use cases of staff for the zones of all markets."""

    zones: Zones
    database: Database
    clock: Clock

    def all(self) -> list[ZoneView]:
        """All zones, in the order of the markets' files, without those whose strategy this code does not know."""
        return readable(self.zones.all(), ZoneView.of, "zone", attrgetter("zone_id"))

    def set_strategy(self, operator_id: UUID, zone_id: str, wanted: StrategyView) -> StrategyView:
        """Set the zone's strategy from its next tick on, and audit the change. Raises `ZoneNotFoundError`."""
        with self.database.transaction():
            before = self.zones.set_strategy(zone_id, wanted.value)
            details = {"zone": zone_id, "before": before, "after": wanted.model_dump()}
            audit.record(self.database, OperatorAction(self.clock(), operator_id, _OPERATION, None, "done", details))
        return wanted

    def waiting(self, zone_id: str, limit: int) -> list[WaitingTripView]:
        """The zone's waiting trips, the longest waiting first. Raises `ZoneNotFoundError`."""
        return [WaitingTripView.model_validate(request) for request in self.zones.waiting(zone_id, limit)]
