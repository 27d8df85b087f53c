"""The product as the cloud runs it: by the real clock, with queues that survive their workers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb
from pydantic import BaseModel

from rideflow.dispatch.messages import Tick
from rideflow.kernel.errors import UnavailableError
from rideflow.kernel.postgres import Database
from rideflow.supply.model import TripChange
from tests.adapters.dispatch.zone import Messages, Zone
from tests.adapters.supply.street import Bus, Street

QUEUES = """
create table messages (id bigint generated always as identity, queue text not null, body jsonb not null,
    due_at timestamptz not null);
grant select, insert, update, delete on messages to functions
"""
_SEND = "insert into messages (queue, body, due_at) values (%(queue)s, %(body)s, clock_timestamp() + %(delay)s)"
_TAKE = """
delete from messages where id = (
    select id from messages where due_at <= clock_timestamp() order by due_at for update skip locked limit 1)
returning queue, body
"""
_REDELIVERED_IN = timedelta(seconds=1)
_ENDS = ("TripCompleted", "TripCancelled", "DriverCancelled")


class LiveStreet(Street):
    """A street with a running clock."""

    def clock(self) -> datetime:
        self.now = datetime.now(UTC)
        return self.now


@dataclass
class Queued(Messages):
    """A queue in PostgreSQL that any process works on. Like SQS, it counts delays in whole seconds."""

    database: Database | None = None
    name: str = ""

    def send(self, message: BaseModel, delay: timedelta = timedelta(0)) -> None:
        self.put(message.model_dump(mode="json"), timedelta(seconds=-(-delay // timedelta(seconds=1))))

    def put(self, body: dict[str, Any], delay: timedelta = timedelta(0)) -> None:
        assert self.database is not None
        self.database.execute(_SEND, {"queue": self.name, "body": Jsonb(body), "delay": delay})


@dataclass
class QueuedBus(Bus):
    """A bus that puts all events into one queue."""

    queue: Queued | None = None

    def __call__(self, envelopes: Sequence[dict[str, Any]]) -> list[str]:
        assert self.queue is not None
        for envelope in envelopes:
            self.queue.put(envelope)
        return [envelope["id"] for envelope in envelopes]


@dataclass
class Cloud(Zone):
    """One execution environment of all functions, with its own connections. All environments share the queues."""

    unanswered: int = field(default=0)

    @classmethod
    def of(cls, database_url: str, redis_url: str) -> Cloud:
        street = LiveStreet(database_url, redis_url)
        queues = street.new_database()
        street.bus = QueuedBus(queue=Queued(database=queues, name="events"))
        cloud = cls(street, Queued(database=queues, name="ticks"), Queued(database=queues, name="expiries"))
        cloud._queues = queues
        return cloud

    _queues: Database = field(init=False)

    def close(self) -> None:
        super().close()
        self._queues.close()
        self.street.close()

    def work(self) -> bool:
        """Handle one message of any queue; returns whether there was one. It comes again if a store does not answer."""
        row = self._queues.one(_TAKE, {})
        if row is None:
            return False
        try:
            self._work_on(row["queue"], row["body"])
        except UnavailableError:
            self.unanswered += 1
            Queued(database=self._queues, name=row["queue"]).put(row["body"], _REDELIVERED_IN)
        return True

    def _work_on(self, queue: str, body: dict[str, Any]) -> None:
        if queue == "ticks":
            self.here.matcher.run(Tick.model_validate(body))
        elif queue == "expiries":
            self.here.requests.expire(body["zone"])
        else:
            self._hear(body["type"], body["detail"])

    def _hear(self, kind: str, detail: dict[str, Any]) -> None:
        if "trip_id" not in detail or not detail.get("driver_id"):
            return
        driver_id, trip_id = UUID(detail["driver_id"]), UUID(detail["trip_id"])
        if kind == "DriverAssigned":
            self.here.requests.driver_assigned(trip_id, driver_id)
        change = self.street.records.trip_in_hand(driver_id, trip_id)
        if kind in _ENDS:
            change = TripChange(driver_id, trip_id, detail["version"], datetime.fromisoformat(detail["at"]), None)
        if change is not None:
            self.street.availability.trip_changed(change)
