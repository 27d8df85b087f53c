"""Saved cards in PostgreSQL."""

from __future__ import annotations

from uuid import UUID

from rideflow.kernel.model import stored
from rideflow.kernel.postgres import Database, sql
from rideflow.riders.cards import CardView

_PACKAGE = "rideflow.riders"


class PostgresCards:
    """The table `rider_cards`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def owned(self, payment_method_id: str, rider_id: UUID, stripe_customer_id: str) -> None:
        parameters = {
            "payment_method_id": payment_method_id,
            "rider_id": rider_id,
            "stripe_customer_id": stripe_customer_id,
        }
        self._database.execute(sql(_PACKAGE, "card_owned"), parameters)

    def detached(self, payment_method_id: str) -> None:
        self._database.execute(sql(_PACKAGE, "card_detached"), {"payment_method_id": payment_method_id})

    def of(self, rider_id: UUID) -> list[CardView]:
        rows = self._database.all(sql(_PACKAGE, "cards_of_rider"), {"rider_id": rider_id})
        return [stored(CardView, row) for row in rows]
