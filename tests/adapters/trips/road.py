"""Drivers on the road, heard by a real Redis, and the sweeps that look for those who are silent or stay too long."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from rideflow.kernel.errors import UnavailableError
from rideflow.kernel.geo import Point, Sightings
from rideflow.kernel.outbox import Outbox
from rideflow.markets.model import Markets
from rideflow.markets.rules import Stays
from rideflow.supply.driver_records import PostgresDriverRecords
from rideflow.supply.position import Position
from rideflow.supply.position_history import PositionHistory
from rideflow.trips.evidence import NOTHING_SEEN
from rideflow.trips.service import Trips
from rideflow.trips.silent_trips import SilentTrips
from tests.adapters.supply.index import DriverIndex
from tests.adapters.trips.environments import Environment
from tests.market_data import DEPLOYED, SAN_FRANCISCO

ZONE, SOUTH = "sf-bay", "south-bay"
SOMEWHERE = Point(lat=37.77, lng=-122.41)
MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)


class Watch:
    """A clock that the test turns."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now

    def turn(self, by: timedelta) -> None:
        self.now += by


class Road:
    """Drivers whose phones are heard by a real Redis, which may be away, and a sweep each minute."""

    def __init__(self, environment: Environment, index: DriverIndex, watch: Watch, markets: Markets = DEPLOYED) -> None:
        self.environment, self.watch, self.is_down = environment, watch, False
        self.index, self.position_history = index, PositionHistory(index.trails, index.silence)
        self.silences = environment.silences
        outbox = Outbox(environment.database, environment.bus)
        self.trips = Trips(environment.store, outbox, markets, watch, lambda: self)
        self.silent = SilentTrips(self.silences, self.trips, self, markets, watch)

    def last_heard(self, driver_ids: Sequence[UUID], zone_ids: Iterable[str]) -> Mapping[UUID, datetime]:
        if self.is_down:
            raise UnavailableError("Redis is away.")
        return self.position_history.last_heard(driver_ids, zone_ids)

    def sightings(self, driver_id: UUID, trip_id: UUID, zone_ids: Iterable[str]) -> Sightings:
        return NOTHING_SEEN if self.is_down else self.position_history.sightings(driver_id, trip_id, zone_ids)

    def says(self, driver_id: UUID, at: Point = SOMEWHERE) -> None:
        """The driver's phone sends where it is."""
        self.index.availability.admit(ZONE, driver_id, "economy", 1)
        position = Position(lat=at.lat, lng=at.lng, recorded_at=self.watch.now)
        self.index.positions.record(ZONE, driver_id, [position], self.watch.now)

    def knows(self, driver_id: UUID, trip_id: UUID) -> None:
        """Supply has heard of the driver's trip: positions belong to its path from now on."""
        change = PostgresDriverRecords(self.environment.database).trip_in_hand(driver_id, trip_id)
        assert change is not None
        self.index.trips.change(ZONE, change, self.watch.now)

    def stays(self, driver_id: UUID, time: timedelta, at: Point = SOMEWHERE) -> dict[str, int]:
        """So much time in which the phone is heard, with a sweep each half an hour; what was done in all."""
        done, end = dict.fromkeys(("handed_back", "listed", "ended"), 0), self.watch.now + time
        while self.watch.now < end:
            self.watch.now = min(end, self.watch.now + 30 * MINUTE)
            self.says(driver_id, at)
            for outcome, times in self.silent.sweep().items():
                done[outcome] += times
        return done

    def driver_in(self, state: str) -> tuple[UUID, UUID]:
        """A driver who was heard just now, and their trip."""
        driver_id = uuid4()
        self.says(driver_id)
        ways = {
            "driver_assigned": self.environment.assigned,
            "driver_arrived": self.environment.arrived,
            "in_progress": self.environment.in_progress,
        }
        return driver_id, ways[state](driver_id)

    def passes(self, time: timedelta) -> dict[str, int]:
        """So much time, with a sweep each minute; what was done in all."""
        done = {"handed_back": 0, "listed": 0, "ended": 0}
        end = self.watch.now + time
        while self.watch.now < end:
            self.watch.now = min(end, self.watch.now + MINUTE)
            for outcome, times in self.silent.sweep().items():
                done[outcome] += times
        return done

    def state(self, trip_id: UUID) -> str:
        return str(self.environment.trips.get(trip_id).state)

    def listed(self) -> list[tuple[UUID, str, datetime]]:
        now = self.watch.now
        stays: dict[str | None, Stays] = {SAN_FRANCISCO.id: SAN_FRANCISCO.rules.stays}
        rows = self.silences.stuck(UUID(int=0), 9, stays, now=now, unsettled_before=now - timedelta(days=9))
        return [(row["id"], row["reason"], row["since"]) for row in rows]
