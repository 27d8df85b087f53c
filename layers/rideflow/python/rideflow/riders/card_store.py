"""Saved cards in PostgreSQL."""

from __future__ import annotations

from uuid import UUID

from rideflow.kernel.model import stored
from rideflow.kernel.postgres import Database, sql
from rideflow.riders.card_facts import DescribedCard, DetachedCard, OwnedCard
from rideflow.riders.cards import CardView

_PACKAGE = "rideflow.riders"


class PostgresCards:
    """The table `rider_cards`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def owned(self, card: OwnedCard) -> None:
        self._database.execute(sql(_PACKAGE, "card_owned"), card.model_dump())

    def described(self, card: DescribedCard) -> None:
        self._database.execute(sql(_PACKAGE, "card_described"), card.model_dump())

    def detached(self, card: DetachedCard) -> None:
        self._database.execute(sql(_PACKAGE, "card_detached"), card.model_dump())

    def of(self, rider_id: UUID) -> list[CardView]:
        rows = self._database.all(sql(_PACKAGE, "cards_of_rider"), {"rider_id": rider_id})
        return [stored(CardView, row) for row in rows]
