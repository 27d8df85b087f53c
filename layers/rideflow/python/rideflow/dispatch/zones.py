"""The strategy of each zone, and the riders who wait there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rideflow.dispatch.errors import ZoneNotFoundError
from rideflow.dispatch.model import OpenRequest, Strategy, ZoneState
from rideflow.dispatch.rows import strategy_of
from rideflow.kernel.clock import Clock
from rideflow.kernel.geo import Point
from rideflow.kernel.postgres import Database, Row, sql
from rideflow.markets.model import Markets
from rideflow.markets.zones import Zone

_PACKAGE = "rideflow.dispatch"


@dataclass(frozen=True, slots=True)
class Zones:
    """Every zone of every market. A zone whose strategy was never set is dispatched by the default."""

    database: Database
    markets: Markets
    clock: Clock

    def all(self) -> list[ZoneState]:
        """All zones, in the order of the markets' files."""
        rows = {row["zone"]: row for row in self.database.all(sql(_PACKAGE, "zones"), {"now": self.clock()})}
        return [_state(zone, rows.get(zone.id, {})) for zone in self.markets.zones]

    def set_strategy(self, zone_id: str, wanted: Strategy) -> dict[str, Any] | None:
        """Set the zone's strategy from its next tick on. Returns the row as it was before, None if there was none.

        The caller has a transaction, and a second change of the zone's strategy waits for its commit. Raises
        `ZoneNotFoundError`.
        """
        self._check(zone_id)
        self.database.one(sql(_PACKAGE, "lock_zone"), {"zone": zone_id})
        parameters = {
            "zone": zone_id,
            "strategy": wanted.name,
            "offers_per_trip": wanted.offers_per_trip,
            "offers_per_driver": wanted.offers_per_driver,
            "forward_s": wanted.forward_s,
        }
        changed = self.database.one(sql(_PACKAGE, "set_strategy"), parameters) or {}
        before: dict[str, Any] | None = changed.get("before")
        return before

    def waiting(self, zone_id: str, limit: int) -> list[OpenRequest]:
        """The open requests of the zone, the longest waiting first. Raises `ZoneNotFoundError`."""
        self._check(zone_id)
        parameters = {"zone": zone_id, "now": self.clock(), "limit": limit}
        return [_open_request(row) for row in self.database.all(sql(_PACKAGE, "waiting_trips"), parameters)]

    def _check(self, zone_id: str) -> None:
        if zone_id not in self.markets.zone_ids:
            raise ZoneNotFoundError("There is no zone of this name.", field="zone_id")


def _state(zone: Zone, row: Row) -> ZoneState:
    return ZoneState(zone.id, zone.market.id, strategy_of(row), row.get("waiting", 0), row.get("waiting_since"))


def _open_request(row: Row) -> OpenRequest:
    return OpenRequest(
        trip_id=row["trip_id"],
        rider_id=row["rider_id"],
        product=row["product"],
        pickup=Point(lat=row["pickup_lat"], lng=row["pickup_lng"]),
        dropoff=Point(lat=row["dropoff_lat"], lng=row["dropoff_lng"]),
        waiting_since=row["opened_at"],
        waits_until=row["expires_at"],
        drivers_asked=row["drivers_asked"],
        live_offers=row["live_offers"],
        is_promised=row["is_promised"],
    )
