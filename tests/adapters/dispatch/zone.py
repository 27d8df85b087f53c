"""A zone at work: the street's drivers, riders who wait, and dispatch over real stores."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from rideflow.dispatch.demand import DemandSnapshots
from rideflow.dispatch.frames import TripOffer
from rideflow.dispatch.manual import ManualDispatch
from rideflow.dispatch.manual_store import PostgresChoices
from rideflow.dispatch.messages import ExpireOffers, Tick
from rideflow.dispatch.notifiers import DriverNotifier
from rideflow.dispatch.offer_responses import OfferResponses
from rideflow.dispatch.requests import Requests
from rideflow.dispatch.schedule import TickQueue
from rideflow.dispatch.store import PostgresOffers
from rideflow.dispatch.ticks import Ticks
from rideflow.kernel.outbox import Outbox
from rideflow.kernel.postgres import Database
from rideflow.markets.model import Markets
from rideflow.operations.offers import OperatorOffers
from rideflow.operations.reasons import Reasons
from rideflow.supply.neighbours import Neighbours
from rideflow.supply.reservations import Reservations
from rideflow.trips.service import Trips
from rideflow.trips.store import PostgresTrips
from tests.adapters.supply.street import CORNER, ZONE, Street
from tests.keys import with_seals

PATIENCE = timedelta(minutes=5)


@dataclass
class Messages:
    """What was sent to a queue, with its delay."""

    sent: list[tuple[Any, timedelta]] = field(default_factory=list)

    def send(self, message: BaseModel, delay: timedelta = timedelta(0)) -> None:
        self.sent.append((message, delay))

    def take(self) -> list[tuple[Any, timedelta]]:
        taken, self.sent = self.sent, []
        return taken


@dataclass
class Environment:
    """Dispatch as one Lambda environment has it: a database connection of its own."""

    zone: "Zone"
    database: Database

    def __post_init__(self) -> None:
        zone, street = self.zone, self.zone.street
        self.offers = PostgresOffers(self.database)
        index = self.index = street.index
        self.reservations = Reservations(index.reservations, street.markets)
        self.tick_queue = TickQueue(index.leases, zone.ticks)  # type: ignore[arg-type]
        notifier = DriverNotifier(street.told)
        outbox = Outbox(self.database, street.bus)
        trips = Trips(PostgresTrips(self.database), outbox, street.markets, street.clock)
        self.offer_responses = OfferResponses(
            self.offers,
            self.reservations,
            street.queues,
            street.told,
            outbox,
            self.tick_queue,
            zone.expiries,  # type: ignore[arg-type]
            street.clock,
        )
        self.requests = Requests(
            self.offers,
            self.reservations,
            street.queues,
            trips,
            notifier,
            self.tick_queue,
            zone.answer_saga,
            self.offer_responses.keep_promise,
            street.clock,
        )
        neighbours = Neighbours(lambda: index.search)
        self.demand = DemandSnapshots(self.offers, index.search, neighbours)
        self.matcher = Ticks(
            self.offers,
            index.leases,
            neighbours,
            street.queues,
            self.reservations,
            self.tick_queue,
            zone.expiries,  # type: ignore[arg-type]
            notifier,
            self.demand,
            street.markets,
            street.clock,
        )
        by_choice = ManualDispatch(
            PostgresChoices(self.database, self.offers),
            self.reservations,
            street.position_history,
            notifier,
            zone.expiries,  # type: ignore[arg-type]
            street.markets,
        )
        self.manual = OperatorOffers(by_choice, outbox, self.database, Reasons(self.database, with_seals), street.clock)
        self.trips = trips


@dataclass
class Zone:
    street: Street
    ticks: Messages = field(default_factory=Messages)
    expiries: Messages = field(default_factory=Messages)
    saga: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.environments: list[Environment] = []
        self.here = self.environment()

    def is_deployed_with(self, markets: Markets) -> None:
        """From now on; `here` is an environment of the new deployment."""
        self.street.serves(markets)
        self.here = self.environment()

    def environment(self) -> Environment:
        environment = Environment(self, self.street.new_database())
        self.environments.append(environment)
        return environment

    def close(self) -> None:
        for environment in self.environments:
            environment.database.close()

    def answer_saga(self, task_token: str, outcome: str) -> None:
        self.saga.append((task_token, outcome))

    def rider_waits(self, *, rider: UUID | None = None, **more: Any) -> UUID:
        """A trip that waits for a driver."""
        trip = self.street.trip("matching", rider_id=rider, **more)
        self.here.requests.open(trip, str(trip), f"token-{trip}", PATIENCE)
        return trip

    def tick(self) -> None:
        """A tick that runs in any case."""
        self.here.matcher.run(Tick(zone=ZONE))

    def strategy(self, name: str, *, offers_per_trip: int = 1, offers_per_driver: int = 1, forward_s: int = 0) -> None:
        self.street.rows(
            "insert into zone_strategies values ('sf-bay', %s, %s, %s, %s) on conflict (zone) do update set"
            " strategy = excluded.strategy, offers_per_trip = excluded.offers_per_trip,"
            " offers_per_driver = excluded.offers_per_driver, forward_s = excluded.forward_s",
            name,
            offers_per_trip,
            offers_per_driver,
            forward_s,
        )

    def offered(self, driver_id: UUID) -> list[UUID]:
        """The trips that the driver's phone was offered, in order."""
        return [frame.trip_id for frame in self.street.told.to(driver_id) if isinstance(frame, TripOffer)]

    def offers(self, trip_id: UUID) -> dict[UUID, str]:
        rows = self.street.rows("select driver_id, state from offers where trip_id = %s", trip_id)
        return {row["driver_id"]: row["state"] for row in rows}

    def trip(self, trip_id: UUID) -> dict[str, Any]:
        (row,) = self.street.rows("select * from trips where id = %s", trip_id)
        return row

    def request(self, trip_id: UUID) -> dict[str, Any]:
        (row,) = self.street.rows("select * from match_requests where trip_id = %s", trip_id)
        return row

    def reports(self, *driver_ids: UUID) -> None:
        """The drivers' phones send where they are, still where they were."""
        for driver_id in driver_ids:
            key = f"{{{ZONE}}}:driver:{driver_id}"
            lat = float(self.street.redis.hget(key, "lat") or CORNER.lat)
            self.street.at(driver_id, (lat - CORNER.lat) * 111_195.0)

    def expire(self) -> None:
        """The delayed message of an offer's end arrives."""
        self.here.requests.expire(ExpireOffers(zone=ZONE).zone)


def at_once(calls: Sequence[Callable[[], Any]]) -> list[Any]:
    """Every call in a thread of its own; an answer, or the error it raised."""

    def outcome(call: Callable[[], Any]) -> Any:
        try:
            return call()
        except Exception as error:
            return error

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(outcome, calls))
