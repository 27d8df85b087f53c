"""Payment methods in PostgreSQL."""

from __future__ import annotations

from uuid import UUID

from rideflow.kernel.model import View, stored
from rideflow.kernel.postgres import Database, sql
from rideflow.payments.methods.cards import CardView
from rideflow.payments.providers.names import Provider

_PACKAGE = "rideflow.payments.methods"


class DefaultMethod(View):
    """What pays for a rider's trips."""

    provider: Provider
    customer_ref: str
    method_ref: str


class PostgresMethods:
    """The table `payment_methods`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def owned(self, provider: Provider, method_ref: str, rider_id: UUID, customer_ref: str) -> None:
        parameters = {
            "provider": provider,
            "method_ref": method_ref,
            "rider_id": rider_id,
            "customer_ref": customer_ref,
        }
        self._database.execute(sql(_PACKAGE, "card_owned"), parameters)

    def detached(self, provider: Provider, method_ref: str) -> None:
        self._database.execute(sql(_PACKAGE, "card_detached"), {"provider": provider, "method_ref": method_ref})

    def of(self, rider_id: UUID) -> list[CardView]:
        rows = self._database.all(sql(_PACKAGE, "cards_of_rider"), {"rider_id": rider_id})
        return [stored(CardView, row) for row in rows]

    def default(self, rider_id: UUID) -> DefaultMethod | None:
        row = self._database.one(sql(_PACKAGE, "default_method"), {"rider_id": rider_id})
        return None if row is None else stored(DefaultMethod, row)
