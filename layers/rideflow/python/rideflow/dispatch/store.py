"""Requests and offers in PostgreSQL, where every decision falls.

What waits for a lock and then reads other rows is two statements of one transaction, the lock and the decision, in one
order of locks: driver, trip, request, offers (ADR 105). `accept` is both in one function of the database.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from operator import itemgetter
from typing import NamedTuple
from uuid import UUID

import psycopg
from psycopg.types.json import Jsonb

from rideflow.dispatch.errors import AlreadyOnTripError, AlreadyPromisedError, TripTakenError
from rideflow.dispatch.model import (
    PROMISE_KEPT_FOR,
    Assignment,
    EndedOffer,
    MadeOffer,
    Outcome,
    Promise,
    Strategy,
    WaitingRequest,
)
from rideflow.dispatch.refusals import LostOffer
from rideflow.dispatch.rows import (
    assignment,
    ended_offer,
    lost_offer,
    made_offer,
    placed_drivers,
    promise,
    proposed,
    strategy_of,
    waiting_request,
)
from rideflow.kernel.cells import COLUMNS_PER_DEGREE, ROWS_PER_DEGREE, SOUTH, WEST
from rideflow.kernel.errors import ConflictError
from rideflow.kernel.fault_isolation import readable
from rideflow.kernel.postgres import Database, Parameters, sql
from rideflow.matching.opportunity_cost import Counts
from rideflow.matching.world import Proposal
from rideflow.supply.model import PlacedDriver

_PACKAGE = "rideflow.dispatch"
_REFUSED: Mapping[str, tuple[type[ConflictError], str]] = {
    "trips_one_active_per_driver": (AlreadyOnTripError, "You are on another trip."),
    "offers_one_promise_per_driver": (AlreadyPromisedError, "You promised to take another trip next."),
    "offers_one_promise_per_trip": (TripTakenError, "Another driver took this trip."),
}
"""The refusal for each unique index at which the second of two simultaneous accepts fails."""

_MAX_REQUESTS = 1000
"""A zone with more waiting riders is decided on in several ticks, the longest waiting first."""

_MAX_UNTOLD = 100
"""Ended promises that one sweep tells of: each is a push to a rider and one to a driver."""


@dataclass(frozen=True, slots=True)
class ClosedRequest:
    """The saga's token, and the drivers whose offers of the trip were withdrawn.

    `other_zones` are those with trips that lost an offer, too.

    `outcome` is how the wait of the asking execution ended; None if it did not end, or if another execution waits.
    """

    task_token: str
    zone: str
    drivers: Sequence[PlacedDriver]
    outcome: Outcome | None
    other_zones: Sequence[str] = ()

    @property
    def driver_ids(self) -> list[UUID]:
        return [driver.driver_id for driver in self.drivers]


class UntoldPromises(NamedTuple):
    """Ended promises of which the sweep has not told; the trips of those in `waiting` wait on without a promise."""

    ended: Sequence[EndedOffer]
    waiting: Sequence[EndedOffer]


@dataclass(frozen=True, slots=True)
class OpenedRequest:
    """The zone in which the trip waits; `replaced_token` answers the wait before this one, which may still go on."""

    zone: str
    replaced_token: str | None


@dataclass(frozen=True, slots=True)
class Wait:
    """A saga's wait: the execution's id, the token to answer it by, and until when it has patience."""

    execution: str
    task_token: str
    expires_at: datetime


class PostgresOffers:
    """The requests and offers of every zone."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def open(self, trip_id: UUID, wait: Wait, now: datetime) -> OpenedRequest | None:
        """The trip waits from now on; None if it is not to be matched, or not any more."""
        with self._locked(lock_request={"trip_id": trip_id}):
            row = self._database.one(sql(_PACKAGE, "open_request"), {"trip_id": trip_id, "now": now, **asdict(wait)})
        return None if row is None else OpenedRequest(row["zone"], row["replaced_token"])

    def waiting(self, zone: str, now: datetime) -> tuple[Strategy, list[WaitingRequest]]:
        """The waiting riders, the longest first, and the zone's strategy."""
        rows = self._database.all(sql(_PACKAGE, "waiting_requests"), {"zone": zone, "now": now, "limit": _MAX_REQUESTS})
        strategy = strategy_of(rows[0]) if rows else Strategy()
        return strategy, readable(rows, waiting_request, "waiting_request", itemgetter("trip_id"))

    def recent_requests(self, zones: Sequence[str], since: datetime) -> Counts:
        """The number of requests opened since then, by product and cell; open and closed ones."""
        grid = {"south": SOUTH, "west": WEST, "rows_per_degree": ROWS_PER_DEGREE}
        parameters = {"zones": zones, "since": since, "columns_per_degree": COLUMNS_PER_DEGREE, **grid}
        return {
            (row["product"], (row["grid_column"], row["grid_row"])): row["requests"]
            for row in self._database.all(sql(_PACKAGE, "recent_requests"), parameters)
        }

    def make(
        self,
        zone: str,
        token: int | None,
        proposals: Sequence[Proposal[UUID, UUID]],
        strategy: Strategy,
        now: datetime,
        *,
        lives: timedelta,
        found_in: Mapping[UUID, str] | None = None,
    ) -> list[MadeOffer]:
        """Turn proposals into offers that live so long; those that have become impossible are left out.

        `token` is the fencing token of a tick; without one (an operator's offer) no tick is fenced off. `found_in` is
        the zone of each driver who was found in another one.
        """
        with self._database.transaction():
            trips = list({proposal.trip_id for proposal in proposals})
            fenced = {"zone": zone, "token": token, "trip_ids": trips}
            locked = {row["trip_id"] for row in self._database.all(sql(_PACKAGE, "lock_proposed"), fenced)}
            possible = [proposal for proposal in proposals if proposal.trip_id in locked]
            if not possible:
                return []
            rows = self._database.all(
                sql(_PACKAGE, "make_offers"),
                {
                    "zone": zone,
                    "token": token,
                    "proposals": Jsonb(proposed(possible, found_in or {}, zone)),
                    "offers_per_trip": strategy.offers_per_trip,
                    "offers_per_driver": strategy.offers_per_driver,
                    "now": now,
                    "expires_at": now + lives,
                },
            )
        return [made_offer(row) for row in rows]

    def accept(self, trip_id: UUID, driver_id: UUID, event_id: UUID, now: datetime) -> Assignment | Promise | None:
        """The assignment, or the promise of a driver who is on a trip; None if offer or trip are no longer available.

        Raises `AlreadyOnTripError`, `AlreadyPromisedError`, `TripTakenError`.
        """
        parameters = {"trip_id": trip_id, "driver_id": driver_id, "event_id": str(event_id), "now": now}
        at = now.isoformat().replace("+00:00", "Z")
        try:
            row = self._database.one(
                sql(_PACKAGE, "accept_offer"), {**parameters, "at": at, "kept_for": PROMISE_KEPT_FOR}
            )
        except psycopg.errors.UniqueViolation as violation:
            refused = _REFUSED.get(violation.diag.constraint_name or "")
            if refused is None:
                raise
            raise refused[0](refused[1]) from violation
        if row is None:
            return None
        return promise(row) if row["state"] is None else assignment(row, now)

    def promised(self, driver_id: UUID) -> UUID | None:
        """The trip that the driver has promised to take next."""
        row = self._database.one(sql(_PACKAGE, "promise_of_driver"), {"driver_id": driver_id})
        return None if row is None else row["trip_id"]

    def living(self) -> bool:
        """Whether the sweep of requests may have anything to do, now or later."""
        return bool(self._database.value(sql(_PACKAGE, "requests_living"), {}))

    def promises_due(self) -> list[UUID]:
        """Drivers whose promise waits for the end of a trip that has ended."""
        return [row["driver_id"] for row in self._database.all(sql(_PACKAGE, "promises_due"), {})]

    def promises_untold(self, ended_before: datetime) -> UntoldPromises:
        """The longest ended first; those that are left come with the next call."""
        parameters = {"before": ended_before, "limit": _MAX_UNTOLD}
        rows = self._database.all(sql(_PACKAGE, "promises_untold"), parameters)
        return UntoldPromises(
            [ended_offer(row) for row in rows], waiting=[ended_offer(row) for row in rows if row["waits"]]
        )

    def promises_told(self, ended: Sequence[EndedOffer], now: datetime) -> None:
        """These need not be told of any more."""
        if ended:
            trip_ids, driver_ids = [offer.trip_id for offer in ended], [offer.driver.driver_id for offer in ended]
            parameters = {"trip_ids": trip_ids, "driver_ids": driver_ids, "now": now}
            self._database.execute(sql(_PACKAGE, "promises_told"), parameters)

    def lost(self, trip_id: UUID, driver_id: UUID, now: datetime) -> LostOffer | None:
        """What became of an offer; None when there never was one."""
        row = self._database.one(sql(_PACKAGE, "refusal"), {"trip_id": trip_id, "driver_id": driver_id, "now": now})
        return None if row is None else lost_offer(row, trip_id)

    def decline(self, trip_id: UUID, driver_id: UUID, now: datetime) -> EndedOffer | None:
        """None when there is no open offer."""
        parameters = {"trip_id": trip_id, "driver_id": driver_id, "now": now}
        with self._locked(lock_request={"trip_id": trip_id}):
            row = self._database.one(sql(_PACKAGE, "decline_offer"), parameters)
        return None if row is None else ended_offer(row)

    def withdraw_from(self, driver_id: UUID, now: datetime) -> list[EndedOffer]:
        """End the open offers and the promise of a driver who is offline."""
        with self._locked(lock_driver={"driver_id": driver_id}):
            rows = self._database.all(sql(_PACKAGE, "withdraw_from_driver"), {"driver_id": driver_id, "now": now})
        return [ended_offer(row) for row in rows]

    def expire(self, zone: str, now: datetime) -> list[EndedOffer]:
        """End the offers of the zone's trips whose time is over."""
        rows = self._database.all(sql(_PACKAGE, "expire_offers"), {"zone": zone, "now": now})
        return [ended_offer(row) for row in rows]

    def close(
        self, trip_id: UUID, outcome: Outcome, now: datetime, execution: str | None = None
    ) -> ClosedRequest | None:
        """The trip waits no more (for that execution). A repeat tells the same; None when the trip never waited."""
        parameters = {"trip_id": trip_id, "outcome": outcome, "now": now, "execution": execution}
        with self._locked(lock_request={"trip_id": trip_id}):
            row = self._database.one(sql(_PACKAGE, "close_request"), parameters)
        if row is None:
            return None
        return ClosedRequest(row["task_token"], row["zone"], placed_drivers(row["drivers"]), row["outcome"])

    def assigned(self, trip_id: UUID, driver_id: UUID, now: datetime) -> ClosedRequest | None:
        """What is left to do after an assignment; None when the trip waits (again) or never did."""
        parameters = {"trip_id": trip_id, "driver_id": driver_id, "now": now}
        with self._locked(lock_driver={"driver_id": driver_id}, lock_request={"trip_id": trip_id}):
            row = self._database.one(sql(_PACKAGE, "assigned_request"), parameters)
        if row is None:
            return None
        others = placed_drivers(row["other_drivers"])
        return ClosedRequest(row["task_token"], row["zone"], others, "assigned", row["other_zones"])

    def zones_waiting(self) -> list[str]:
        return [row["zone"] for row in self._database.all(sql(_PACKAGE, "zones_waiting"), {})]

    def overdue(self, before: datetime) -> list[UUID]:
        """Requests whose patience ended before then and that nobody closed."""
        return [row["trip_id"] for row in self._database.all(sql(_PACKAGE, "overdue_requests"), {"before": before})]

    @contextmanager
    def _locked(self, **locks: Parameters) -> Iterator[None]:
        """Take the locks in this order, each by the statement of its name, and keep them while the block runs.

        Its statements see the changes of the transactions that the locks waited for.
        """
        with self._database.transaction():
            for lock, parameters in locks.items():
                self._database.one(sql(_PACKAGE, lock), parameters)
            yield
