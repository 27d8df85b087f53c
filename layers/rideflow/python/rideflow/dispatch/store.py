"""Requests and offers in PostgreSQL, where every decision falls; each method is one statement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from uuid import UUID

import psycopg
from psycopg.types.json import Jsonb

from rideflow.dispatch.errors import AlreadyOnTripError
from rideflow.dispatch.matching.world import Proposal
from rideflow.dispatch.model import (
    OFFER_LIVES,
    Assignment,
    EndedOffer,
    LostOffer,
    MadeOffer,
    Outcome,
    PlacedDriver,
    Strategy,
    WaitingRequest,
)
from rideflow.kernel.geo import Point
from rideflow.kernel.money import Money
from rideflow.kernel.needs import Asked
from rideflow.kernel.postgres import Database, Row, sql

_PACKAGE = "rideflow.dispatch"
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
            strategy = Strategy(first["strategy"], first["offers_per_trip"], first["offers_per_driver"])
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

    def accept(self, trip_id: UUID, driver_id: UUID, event_id: UUID, now: datetime) -> Assignment | None:
        """The assignment, or None when the offer or the trip is not to be had. Raises `AlreadyOnTripError`."""
        parameters = {"trip_id": trip_id, "driver_id": driver_id, "event_id": str(event_id), "now": now}
        at = now.isoformat().replace("+00:00", "Z")
        try:
            row = self._database.one(sql(_PACKAGE, "accept_offer"), {**parameters, "at": at})
        except psycopg.errors.UniqueViolation as violation:
            if violation.diag.constraint_name != "trips_one_active_per_driver":
                raise
            raise AlreadyOnTripError("You are on another trip.") from violation
        return None if row is None else _assignment(row, now)

    def lost(self, trip_id: UUID, driver_id: UUID, now: datetime) -> LostOffer | None:
        """What became of an offer; None when there never was one."""
        row = self._database.one(sql(_PACKAGE, "refusal"), {"trip_id": trip_id, "driver_id": driver_id, "now": now})
        if row is None:
            return None
        active = row["active_trip_id"]
        return LostOffer(
            state=row["state"],
            is_over=row["is_over"],
            outcome=row["outcome"],
            trip_state=row["trip_state"],
            drives_this_trip=active == trip_id,
            drives_another=active is not None and active != trip_id,
            is_online=row["is_online"],
        )

    def decline(self, trip_id: UUID, driver_id: UUID, now: datetime) -> EndedOffer | None:
        """None when there is no open offer."""
        row = self._database.one(
            sql(_PACKAGE, "decline_offer"), {"trip_id": trip_id, "driver_id": driver_id, "now": now}
        )
        return None if row is None else _ended(row)

    def withdraw_from(self, driver_id: UUID, now: datetime) -> list[tuple[UUID, str]]:
        """End the open offers of a driver who is offline: their trips, each with its zone.

        The driver's lock comes first, so that offers are seen which whoever held it has made.
        """
        parameters = {"driver_id": driver_id, "now": now}
        with self._database.transaction():
            self._database.one(sql(_PACKAGE, "lock_driver"), parameters)
            rows = self._database.all(sql(_PACKAGE, "withdraw_from_driver"), parameters)
        return [(row["trip_id"], row["zone"]) for row in rows]

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
    return EndedOffer(PlacedDriver(row["driver_id"], row["driver_zone"]), row["zone"], _point(row, "pickup"))


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
        wheelchair=row["wheelchair"],
    )


def _assignment(row: Row, at: datetime) -> Assignment:
    return Assignment(
        trip_id=row["id"],
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
    )
