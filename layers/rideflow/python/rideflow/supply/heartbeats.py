"""Silent drivers: a position on a trip is reported as stale, and a driver without a trip goes offline.

A phone whose positions are not believed is not silent: each answer tells its driver so, and the driver is not matched.
The same sweeps find drivers who have reached their destination.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from rideflow.kernel.clock import Clock
from rideflow.kernel.errors import UnavailableError
from rideflow.kernel.observability import count
from rideflow.kernel.outbox import Publisher
from rideflow.kernel.ride_requirements import ARRIVED_WITHIN_M
from rideflow.kernel.zone_by_zone import in_each
from rideflow.markets.model import Markets
from rideflow.supply.events import DriverHeartbeatLost, DriverPositionStale, DriverReachedDestination
from rideflow.supply.index.availability import AvailabilityIndex
from rideflow.supply.index.silence import SilenceIndex
from rideflow.supply.model import OFFLINE_AFTER, STALE_AFTER, SilentDriver

SWEEP_EVERY = timedelta(seconds=10)
"""The time between two sweeps: a silent driver is noticed at most this much late."""

_MAX_AT_ONCE = 1000


class OnlineDrivers(Protocol):
    """Reads from PostgreSQL, which loses nothing: online driver → the zone in which they went online."""

    def online_drivers(self) -> dict[UUID, str]: ...


class LivingDrivers(Protocol):
    """Reads from PostgreSQL whether any driver is online or on a trip."""

    def living(self) -> bool: ...


def someone_is_there(records: LivingDrivers, silence: SilenceIndex, markets: Markets) -> bool:
    """Whether PostgreSQL or a zone of Redis knows of a driver to listen to. Raises `UnavailableError`."""
    return records.living() or any(silence.has_drivers(zone) for zone in markets.zone_ids)


@dataclass(frozen=True, slots=True)
class SweepPlan:
    """Asks for the sweeps of the next minute, because a schedule runs at most once a minute."""

    silence: SilenceIndex
    records: OnlineDrivers
    ask_for_sweep: Callable[[timedelta], None]
    markets: Markets
    clock: Clock

    def plan_minute(self) -> int:
        """Ask for the sweeps, and watch online drivers whom no zone has heard of. Returns how many these are.

        Such a driver is taken offline after a minute. They never sent a position, or Redis was lost, or a deploy has
        removed the zone in which they went online. If Redis was lost, their phones send a position within seconds.
        Raises `UnavailableError` if a zone does not answer, since that zone may know them; the sweeps are asked for
        first.
        """
        for number in range(timedelta(minutes=1) // SWEEP_EVERY):
            self.ask_for_sweep(number * SWEEP_EVERY)
        online = self.records.online_drivers()
        missing = list(online)
        for zone in self.markets.zone_ids:
            missing = self.silence.unseen(zone, missing)
        for zone in self.markets.zone_ids:
            here = [driver_id for driver_id in missing if self._watched_in(online[driver_id]) == zone]
            self.silence.watch(zone, here, self.clock())
        return len(missing)

    def _watched_in(self, zone: str) -> str:
        """The zone whose sweep watches the driver. It may be any zone if theirs is no longer deployed."""
        return self.markets.zone_ids[0] if self.markets.find_zone(zone) is None else zone


@dataclass(frozen=True, slots=True)
class Heartbeats:
    """Looks for silent drivers."""

    silence: SilenceIndex
    index: AvailabilityIndex
    publisher: Publisher
    markets: Markets
    clock: Clock

    def sweep(self) -> None:
        in_each(self.markets.zone_ids, self._sweep)

    def _sweep(self, zone: str) -> None:
        now = self.clock()
        silent = self._silent(zone, now - STALE_AFTER)
        self._report_stale(zone, silent, now)
        gone = [driver for driver in silent if driver.trip is None and now - driver.last_heard_at >= OFFLINE_AFTER]
        self._take_offline(zone, self._heard_of_nowhere_else(zone, gone[:_MAX_AT_ONCE]), now)
        self._report_arrived(zone, now)

    def _silent(self, zone: str, since: datetime) -> list[SilentDriver]:
        """All silent drivers, page by page: the first pages may be full of phones that are heard but not believed."""
        silent = page = self.silence.silent(zone, since, _MAX_AT_ONCE)
        while len(page) == _MAX_AT_ONCE:
            page = self.silence.silent(zone, since, _MAX_AT_ONCE, start=len(silent))
            silent = silent + page
        return silent

    def _report_stale(self, zone: str, silent: Sequence[SilentDriver], now: datetime) -> None:
        """Publish the stale positions of drivers on a trip, each once. A crash before the mark repeats it."""
        stale = [driver for driver in silent if driver.place is not None and not driver.told_stale]
        on_trips = [(driver, driver.trip) for driver in stale if driver.trip is not None]
        events = [
            DriverPositionStale(
                at=now,
                driver_id=driver.driver_id,
                trip_id=trip.trip_id,
                last_seen_at=driver.last_seen_at,
                zone=zone,
            )
            for driver, trip in on_trips
        ]
        taken = set(self.publisher([event.envelope() for event in events])) if events else set()
        for event, (driver, _) in zip(events, on_trips, strict=True):
            if str(event.id) in taken:
                self.silence.mark_told_stale(zone, driver)

    def _report_arrived(self, zone: str, now: datetime) -> None:
        """Publish the drivers who reached their destination. Each sweep repeats it until the destination is removed."""
        events = [
            DriverReachedDestination(at=now, driver_id=driver_id, until=until, zone=zone)
            for driver_id, until in self.silence.arrived(zone, ARRIVED_WITHIN_M)
        ]
        if events:
            self.publisher([event.envelope() for event in events])

    def _heard_of_nowhere_else(self, zone: str, gone: Sequence[SilentDriver]) -> list[SilentDriver]:
        """The drivers whom no neighbouring zone has heard of either.

        The others crossed the border while this zone did not answer, so this zone only forgets them.
        """
        left = [driver.driver_id for driver in gone]
        for beside in self.markets.zone(zone).beside:
            try:
                left = self.silence.unseen(beside.id, left)
            except UnavailableError:
                count("NeighbourUnseen", zone=beside.id)
        for driver in gone:
            if driver.driver_id not in left:
                self.index.forget(zone, driver.driver_id, unless_seen_after=driver.last_heard_at)
        return [driver for driver in gone if driver.driver_id in left]

    def _take_offline(self, zone: str, gone: Sequence[SilentDriver], now: datetime) -> None:
        """Publish that the drivers are lost, then forget those whose event the bus took: a crash only repeats it."""
        events = [
            DriverHeartbeatLost(at=now, driver_id=driver.driver_id, last_seen_at=driver.last_heard_at, zone=zone)
            for driver in gone
        ]
        taken = set(self.publisher([event.envelope() for event in events])) if events else set()
        for event in events:
            if str(event.id) in taken:
                self.index.forget(zone, event.driver_id, unless_seen_after=event.last_seen_at)
