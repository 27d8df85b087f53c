"""An operator's choice in PostgreSQL: judged and offered in one transaction."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from rideflow.dispatch.model import MadeOffer, Strategy
from rideflow.dispatch.refusals import Choice
from rideflow.dispatch.rows import requirements_of, strategy_of
from rideflow.dispatch.store import PostgresOffers
from rideflow.kernel.geo import Point
from rideflow.kernel.postgres import Database, Row, sql
from rideflow.kernel.ride_requirements import PLAIN, Traits, refused
from rideflow.matching.world import Proposal

_PACKAGE = "rideflow.dispatch"
_BESIDE_ALL_OTHERS = 1000
"""An operator's offer comes beside those of ticks: the first accept wins as always."""


class PostgresChoices:
    """Statements of one transaction, in this order: `judged`, `offer`."""

    def __init__(self, database: Database, offers: PostgresOffers) -> None:
        self._database = database
        self._offers = offers

    def judged(self, trip_id: UUID, driver_id: UUID, now: datetime) -> Choice:
        """The facts by which the choice is judged; they hold until the commit. Locks driver, trip, request."""
        parameters = {"trip_id": trip_id, "driver_id": driver_id, "now": now}
        self._database.one(sql(_PACKAGE, "lock_driver"), parameters)
        self._database.one(sql(_PACKAGE, "lock_request"), parameters)
        row = self._database.one(sql(_PACKAGE, "operators_choice"), parameters) or {}
        strategy = strategy_of(row)
        lat, lng = row.pop("pickup_lat"), row.pop("pickup_lng")
        requirements, traits = requirements_of(row.pop("needs")), _traits(row)
        pickup = None if lat is None else Point(lat=lat, lng=lng)
        for name in ("strategy", "offers_per_trip", "offers_per_driver", "forward_s"):
            del row[name]
        return Choice(
            **row,
            pickup=pickup,
            requirements=requirements,
            traits=traits,
            offers_per_driver=strategy.offers_per_driver,
        )

    def offer(
        self, choice: Choice, proposal: Proposal[UUID, UUID], driver_zone: str, now: datetime, lives: timedelta
    ) -> MadeOffer | None:
        """The offer, by the statement that ticks use; None when the driver was offered another trip meanwhile."""
        if choice.earlier is not None:
            asked = {"trip_id": proposal.trip_id, "driver_id": proposal.driver_id, "now": now}
            self._database.execute(sql(_PACKAGE, "forget_offer"), asked)
        strategy = Strategy("joint", _BESIDE_ALL_OTHERS, choice.offers_per_driver)
        found_in = {proposal.driver_id: driver_zone}
        made = self._offers.make(str(choice.zone), None, [proposal], strategy, now, lives=lives, found_in=found_in)
        return made[0] if made else None


def _traits(row: Row) -> Traits:
    """Taken out of the row. An operator who has spoken to the driver overrides where they are heading."""
    accepted = row.pop("accepted_payments")
    version, accessible, rating, rating_count = (
        row.pop(each) for each in ("version", "wheelchair_accessible", "rating", "rating_count")
    )
    if version is None:
        return PLAIN
    return Traits.known(
        version,
        wheelchair_accessible=accessible,
        rating=rating,
        rating_count=rating_count,
        refuses=refused(accepted),
    )
