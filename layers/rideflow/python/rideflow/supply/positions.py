"""Recording positions: each is judged, and those that are believed move the driver in the index."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from rideflow.kernel.clock import Clock
from rideflow.kernel.observability import count
from rideflow.markets.errors import OutsideServiceAreaError
from rideflow.markets.model import Markets
from rideflow.markets.zones import Zone
from rideflow.supply.admission import Admissions
from rideflow.supply.index.positions import PositionIndex
from rideflow.supply.model import Elsewhere, Recorded
from rideflow.supply.position import PhoneClock, Position, Verdict


@dataclass(frozen=True, slots=True)
class Positions:
    """Records drivers' positions."""

    index: PositionIndex
    admissions: Admissions
    markets: Markets
    clock: Clock

    def record(
        self, driver_id: UUID, positions: Sequence[Position | None], sent_at: datetime | None = None
    ) -> Recorded:
        """Judge the driver's positions, and apply those that are believed in one Redis round trip.

        None stands for a position that cannot be read. `sent_at` is by the phone's clock. Raises
        `DriverNotOnlineError`, and `MarketWithdrawnError` if the driver went online in a zone that is no longer
        deployed, and none of the positions lies in another zone.
        """
        verdicts: list[Verdict] = ["invalid" if position is None else "outside_service_area" for position in positions]
        ordered = _oldest_first(positions)
        places = [
            (number, position, zone) for number, position in ordered if (zone := self._zone_of(position)) is not None
        ]
        clock = PhoneClock.of([position for _, position in ordered], sent_at)
        recorded = self._recorded(
            driver_id, [position for _, position, _ in places], [zone.id for *_, zone in places], clock
        )
        newest = in_zone = None
        for (number, position, zone), verdict in zip(places, recorded.verdicts, strict=True):
            verdicts[number] = verdict
            newest, in_zone = (position, zone) if verdict == "accepted" else (newest, in_zone)
        for verdict in verdicts:
            if verdict != "accepted":
                count("PositionRejected", reason=verdict)
        return Recorded(tuple(verdicts), recorded.trip, recorded.matchable, recorded.clock_slow_ms, newest, in_zone)

    def _recorded(
        self, driver_id: UUID, positions: Sequence[Position], in_zones: Sequence[str], clock: PhoneClock | None
    ) -> Recorded:
        """Judge positions in the zone that knows the driver.

        The driver is admitted to another zone only if a position there is believed.
        The loop is needed because a late event of the last shift may make a zone forget, between two steps, a driver
        who has just gone online.
        """
        zone = in_zones[-1] if in_zones else self._known_or_admitted(driver_id, None)
        while True:
            now = self.clock()
            recorded = self.index.record(zone, driver_id, positions, now, in_zones=in_zones, clock=clock)
            if isinstance(recorded, Recorded):
                return recorded
            if isinstance(recorded, Elsewhere):
                zone = self.admissions.admit(recorded.zone, driver_id)
            else:
                zone = self._known_or_admitted(driver_id, zone)

    def _known_or_admitted(self, driver_id: UUID, zone: str | None) -> str:
        return self.admissions.zone_that_knows(driver_id) or self.admissions.admit(zone, driver_id)

    def _zone_of(self, position: Position) -> Zone | None:
        try:
            return self.markets.zone_at(position.point)
        except OutsideServiceAreaError:
            return None


def _oldest_first(positions: Sequence[Position | None]) -> list[tuple[int, Position]]:
    """The readable positions, each with its index, oldest first."""
    readable = [(number, position) for number, position in enumerate(positions) if position is not None]
    return sorted(readable, key=lambda numbered: numbered[1].recorded_at) if len(readable) > 1 else readable
