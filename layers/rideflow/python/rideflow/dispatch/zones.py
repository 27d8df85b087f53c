"""Zones as operators see them: how each is dispatched, and who waits there."""

from __future__ import annotations

from dataclasses import dataclass
from operator import attrgetter
from uuid import UUID

from rideflow.dispatch.errors import ZoneNotFoundError
from rideflow.dispatch.views import StrategyView, WaitingTripView, ZoneView
from rideflow.kernel import audit
from rideflow.kernel.alone import readable
from rideflow.kernel.audit import OperatorAction
from rideflow.kernel.clock import Clock
from rideflow.kernel.postgres import Database, Row, sql
from rideflow.markets.model import Markets
from rideflow.markets.zones import Zone

_PACKAGE = "rideflow.dispatch"
_OPERATION = "set_strategy"


@dataclass(frozen=True, slots=True)
class Zones:
    """Every zone of every market; one that nobody has set is dispatched by the default."""

    database: Database
    markets: Markets
    clock: Clock

    def all(self) -> list[ZoneView]:
        """In the order of the markets' files."""
        rows = {row["zone"]: row for row in self.database.all(sql(_PACKAGE, "zones"), {"now": self.clock()})}
        return readable(self.markets.zones, lambda zone: _view(zone, rows.get(zone.id, {})), "zone", attrgetter("id"))

    def set_strategy(self, operator_id: UUID, zone_id: str, wanted: StrategyView) -> StrategyView:
        """It holds from the zone's next tick on, and is audited with what was before. Raises `ZoneNotFoundError`."""
        self._check(zone_id)
        with self.database.transaction():
            self.database.one(sql(_PACKAGE, "lock_zone"), {"zone": zone_id})
            changed = self.database.one(sql(_PACKAGE, "set_strategy"), {"zone": zone_id, **wanted.model_dump()}) or {}
            details = {"zone": zone_id, "before": changed.get("before"), "after": wanted.model_dump()}
            audit.record(self.database, OperatorAction(self.clock(), operator_id, _OPERATION, None, "done", details))
        return wanted

    def waiting(self, zone_id: str, limit: int) -> list[WaitingTripView]:
        """The longest waiting first. Raises `ZoneNotFoundError`."""
        self._check(zone_id)
        parameters = {"zone": zone_id, "now": self.clock(), "limit": limit}
        return [WaitingTripView.of(row) for row in self.database.all(sql(_PACKAGE, "waiting_trips"), parameters)]

    def _check(self, zone_id: str) -> None:
        if zone_id not in self.markets.zone_ids:
            raise ZoneNotFoundError("There is no zone of this name.", field="zone_id")


def _view(zone: Zone, row: Row) -> ZoneView:
    is_set = row.get("strategy") is not None
    return ZoneView(
        zone_id=zone.id,
        market=zone.market.id,
        strategy=StrategyView(**{name: row[name] for name in StrategyView.model_fields}) if is_set else StrategyView(),
        waiting=row.get("waiting", 0),
        waiting_since=row.get("waiting_since"),
    )
