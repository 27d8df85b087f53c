"""Requests and offers in PostgreSQL, where every decision falls; each method is one statement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from uuid import UUID

import psycopg
from psycopg.types.json import Jsonb

from rideflow.dispatch.errors import AlreadyOnTripError, AlreadyPromisedError, TripTakenError
from rideflow.dispatch.matching.world import Proposal
from rideflow.dispatch.model import (
    OFFER_LIVES,
    PROMISE_KEPT_FOR,
    Assignment,
    EndedOffer,
    LostOffer,
    MadeOffer,
    Outcome,
    PlacedDriver,
    Promise,
    Strategy,
    WaitingRequest,
    WaitingTrip,
)
from rideflow.kernel.errors import ConflictError
from rideflow.kernel.geo import Point
from rideflow.kernel.money import Money
from rideflow.kernel.needs import Asked
from rideflow.kernel.postgres import Database, Row, sql

_PACKAGE = "rideflow.dispatch"
_REFUSED: Mapping[str, tuple[type[ConflictError], str]] = {
    "trips_one_active_per_driver": (AlreadyOnTripError, "You are on another trip."),
    "offers_one_promise_per_driver": (AlreadyPromisedError, "You promised to take another trip next."),
    "offers_one_promise_per_trip": (TripTakenError, "Another driver took this trip."),
}
"""What two accepts at once mean that met at an index."""

_MAX_REQUESTS = 1000
"""A zone with more waiting riders is decided on in several ticks, the longest waiting first."""


@dataclass(frozen=True, slots=True)
class ClosedRequest:
    """The saga's token, and whose offers of the trip were withdrawn; in `other_zones` trips lost an offer too.

    `outcome` is how the wait of the execution that asked ended; None where it did not, or another one waits.
    """

    task_token: str
    zone: str
    drivers: Sequence[PlacedDriver]
    outcome: Outcome | None
    other_zones: Sequence[str] = ()

    @property
    def driver_ids(self) -> list[UUID]:
        return [driver.driver_id for driver in self.drivers]


@dataclass(frozen=True, slots=True)
class OpenedRequest:
    """Where the trip waits; `replaced_token` is that of a wait before this one, which may go on."""

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
        """The trip waits from now on; None when it is not to be matched (any more)."""
        row = self._database.one(sql(_PACKAGE, "open_request"), {"trip_id": trip_id, "now": now, **asdict(wait)})
        return None if row is None else OpenedRequest(row["zone"], row["replaced_token"])

    def waiting(self, zone: str, now: datetime) -> tuple[Strategy, list[WaitingRequest]]:
        """Who waits, the longest first, and the zone's strategy."""
        rows = self._database.all(sql(_PACKAGE, "waiting_requests"), {"zone": zone, "now": now, "limit": _MAX_REQUESTS})
        strategy = Strategy()
        if rows:
            first = rows[0]
            strategy = Strategy(
                first["strategy"], first["offers_per_trip"], first["offers_per_driver"], first["forward_s"]
            )
        return strategy, [_waiting(row) for row in rows]

    def make(
        self,
        zone: str,
        token: int | None,
        proposals: Sequence[Proposal[UUID, UUID]],
        strategy: Strategy,
        now: datetime,
        *,
        found_in: Mapping[UUID, str] | None = None,
    ) -> list[MadeOffer]:
        """Turn proposals into offers where they still can be; the others are left out.

        Ticks come with their fencing token; who proposes without one fences nobody off. `found_in` is the zone of each
        driver who was found in another one.
        """
        over_the_border = found_in or {}
        proposed = [
            {
                "trip_id": str(proposal.trip_id),
                "driver_id": str(proposal.driver_id),
                "driver_zone": over_the_border.get(proposal.driver_id, zone),
                "pickup_distance_m": round(proposal.pickup_distance_m),
                "pickup_eta_s": round(proposal.pickup_eta_s),
                "free_in_s": None if proposal.free_in_s is None else round(proposal.free_in_s),
                "rank": rank,
            }
            for rank, proposal in enumerate(proposals)
        ]
        rows = self._database.all(
            sql(_PACKAGE, "make_offers"),
            {
                "zone": zone,
                "token": token,
                "proposals": Jsonb(proposed),
                "offers_per_trip": strategy.offers_per_trip,
                "offers_per_driver": strategy.offers_per_driver,
                "now": now,
                "expires_at": now + OFFER_LIVES,
            },
        )
        return [_made(row) for row in rows]

    def accept(self, trip_id: UUID, driver_id: UUID, event_id: UUID, now: datetime) -> Assignment | Promise | None:
        """The assignment, or a promise of a driver who is on a trip; None when offer or trip are not to be had.

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
        return _promise(row) if row["state"] is None else _assignment(row, now)

    def promised(self, driver_id: UUID) -> UUID | None:
        """The trip that the driver has promised to take next."""
        row = self._database.one(sql(_PACKAGE, "promise_of_driver"), {"driver_id": driver_id})
        return None if row is None else row["trip_id"]

    def promises_due(self) -> list[UUID]:
        """Drivers whose promise waits for the end of a trip that has ended."""
        return [row["driver_id"] for row in self._database.all(sql(_PACKAGE, "promises_due"), {})]

    def lost(self, trip_id: UUID, driver_id: UUID, now: datetime) -> LostOffer | None:
        """What became of an offer; None when there never was one."""
        row = self._database.one(sql(_PACKAGE, "refusal"), {"trip_id": trip_id, "driver_id": driver_id, "now": now})
        if row is None:
            return None
        active = None if row["active_trip_id"] == row["after_trip_id"] else row["active_trip_id"]
        return LostOffer(
            state=row["state"],
            is_over=row["is_over"],
            outcome=row["outcome"],
            trip_state=row["trip_state"],
            drives_this_trip=active == trip_id,
            drives_another=active is not None and active != trip_id,
            promised_another=row["promised_another"],
            is_online=row["is_online"],
        )

    def decline(self, trip_id: UUID, driver_id: UUID, now: datetime) -> EndedOffer | None:
        """None when there is no open offer."""
        row = self._database.one(
            sql(_PACKAGE, "decline_offer"), {"trip_id": trip_id, "driver_id": driver_id, "now": now}
        )
        return None if row is None else _ended(row)

    def withdraw_from(self, driver_id: UUID, now: datetime) -> list[EndedOffer]:
        """End the open offers and the promise of a driver who is offline.

        The driver's lock comes first, so that offers are seen which whoever held it has made.
        """
        parameters = {"driver_id": driver_id, "now": now}
        with self._database.transaction():
            self._database.one(sql(_PACKAGE, "lock_driver"), parameters)
            rows = self._database.all(sql(_PACKAGE, "withdraw_from_driver"), parameters)
        return [_ended(row) for row in rows]

    def expire(self, zone: str, now: datetime) -> list[EndedOffer]:
        """End the offers of the zone's trips whose time is over."""
        rows = self._database.all(sql(_PACKAGE, "expire_offers"), {"zone": zone, "now": now})
        return [_ended(row) for row in rows]

    def close(
        self, trip_id: UUID, outcome: Outcome, now: datetime, execution: str | None = None
    ) -> ClosedRequest | None:
        """The trip waits no more (for that execution). A repeat tells the same; None when the trip never waited."""
        parameters = {"trip_id": trip_id, "outcome": outcome, "now": now, "execution": execution}
        row = self._database.one(sql(_PACKAGE, "close_request"), parameters)
        if row is None:
            return None
        return ClosedRequest(row["task_token"], row["zone"], _placed(row["drivers"]), row["outcome"])

    def assigned(self, trip_id: UUID, driver_id: UUID, now: datetime) -> ClosedRequest | None:
        """What is left to do after an assignment; None when the trip waits (again) or never did."""
        row = self._database.one(
            sql(_PACKAGE, "assigned_request"), {"trip_id": trip_id, "driver_id": driver_id, "now": now}
        )
        if row is None:
            return None
        others = _placed(row["other_drivers"])
        return ClosedRequest(row["task_token"], row["zone"], others, "assigned", row["other_zones"])

    def zones_waiting(self) -> list[str]:
        return [row["zone"] for row in self._database.all(sql(_PACKAGE, "zones_waiting"), {})]

    def overdue(self, before: datetime) -> list[UUID]:
        """Requests whose patience ended before then and that nobody closed."""
        return [row["trip_id"] for row in self._database.all(sql(_PACKAGE, "overdue_requests"), {"before": before})]


def _point(row: Row, end: str) -> Point:
    return Point(lat=row[f"{end}_lat"], lng=row[f"{end}_lng"])


def asked_of(needs: Row) -> Asked:
    """What a ride needs, as `match_requests` has it."""
    return Asked(**needs)


def _placed(drivers: Sequence[Row]) -> list[PlacedDriver]:
    return [PlacedDriver(UUID(driver["driver_id"]), driver["zone"]) for driver in drivers]


def _ended(row: Row) -> EndedOffer:
    return EndedOffer(
        trip_id=row["trip_id"],
        rider_id=row["rider_id"],
        driver=PlacedDriver(row["driver_id"], row["driver_zone"]),
        zone=row["zone"],
        pickup=_point(row, "pickup"),
        was_promised=row["was_promised"],
    )


def _waiting(row: Row) -> WaitingRequest:
    return WaitingRequest(
        trip_id=row["trip_id"],
        rider_id=row["rider_id"],
        vehicle_class=row["vehicle_class"],
        pickup=_point(row, "pickup"),
        opened_at=row["opened_at"],
        quoted_duration=timedelta(seconds=row["quoted_duration_s"]),
        asked=frozenset(row["driver_ids"]),
        live_offers=row["live"],
        next_end=row["next_end"],
        needs=asked_of(row["needs"]),
        dropoff=_point(row, "dropoff"),
    )


def _made(row: Row) -> MadeOffer:
    return MadeOffer(
        trip_id=row["trip_id"],
        driver_id=row["driver_id"],
        driver_zone=row["driver_zone"],
        vehicle_class=row["vehicle_class"],
        pickup=_point(row, "pickup"),
        dropoff=_point(row, "dropoff"),
        fare=Money(amount_minor=row["fare_amount_minor"], currency=row["currency"]),
        scheduled_for=row["scheduled_for"],
        pickup_distance_m=row["pickup_distance_m"],
        pickup_eta_s=row["pickup_eta_s"],
        expires_at=row["expires_at"],
        reserved_until=row["reserved_until"],
        after_trip_id=row["after_trip_id"],
        wheelchair=row["wheelchair"],
    )


def _assignment(row: Row, at: datetime) -> Assignment:
    return Assignment(
        trip_id=row["trip_id"],
        rider_id=row["rider_id"],
        driver_id=row["driver_id"],
        state=row["state"],
        version=row["version"],
        city=row["city"],
        zone=row["zone"],
        driver_zone=row["driver_zone"],
        vehicle=row["vehicle"],
        driver_name=row["driver_name"],
        driver_rating=row["driver_rating"],
        pickup=_point(row, "pickup"),
        at=at,
        other_drivers=_placed(row["other_drivers"]),
        other_zones=row["other_zones"],
        broken_promises=[
            WaitingTrip(UUID(broken["trip_id"]), UUID(broken["rider_id"])) for broken in row["broken_promises"]
        ],
    )


def _promise(row: Row) -> Promise:
    return Promise(
        trip_id=row["trip_id"],
        rider_id=row["rider_id"],
        driver_id=row["driver_id"],
        zone=row["zone"],
        driver_zone=row["driver_zone"],
        after_trip_id=row["after_trip_id"],
        pickup_at=row["pickup_at"],
        until=row["promised_until"],
        is_new=row["was"] == "open",
        other_drivers=_placed(row["other_drivers"]),
        other_zones=row["other_zones"],
    )
