"""What payers are asked to confirm with their banks, in PostgreSQL.

The client secret of a hold lets an app complete it, so it is kept for as short a time as it is of use: from the hold's
answer until the provider tells of the payer's, or the order leaves `pending` (`order_save.sql`). It is in no event and
in no log, and those who look at the books may not read its table.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from rideflow.kernel.model import View, stored
from rideflow.kernel.postgres import Database, sql
from rideflow.payments.orders.model import Order

_PACKAGE = "rideflow.payments.orders"


class PayerAction(View):
    """What the payer's app needs to let them confirm the hold, and until when the trip waits for that."""

    client_secret: str
    publishable_key: str | None
    until: datetime


class PostgresPayerActions:
    """The table `payer_actions`. Callers hold the lock on the action's order."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def note(self, order: Order, client_secret: str, publishable_key: str | None) -> None:
        """The payer of the order is wanted. A repeat changes nothing."""
        secrets = {"client_secret": client_secret, "publishable_key": publishable_key}
        self._run("payer_action_note", order, **secrets)

    def ask(self, trip_id: UUID, task_token: str, until: datetime) -> PayerAction | None:
        """The payer has until then, and their answer goes to the token. None if there is nothing to ask them."""
        parameters = {"trip_id": trip_id, "task_token": task_token, "until": until}
        row = self._database.one(sql(_PACKAGE, "payer_action_ask"), parameters)
        return None if row is None else stored(PayerAction, row)

    def answered(self, order: Order) -> str | None:
        """The provider has told of the payer's answer: the token of the saga that waits for it, if one does."""
        row = self._run("payer_action_answered", order)
        return None if row is None else row["task_token"]

    def _run(self, statement: str, order: Order, **more: Any) -> dict[str, Any] | None:
        parameters = {"trip_id": order.trip_id, "order_id": order.id, "payer_id": order.payer_id, **more}
        return self._database.one(sql(_PACKAGE, statement), parameters)
