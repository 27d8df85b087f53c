"""Quotes in PostgreSQL."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from rideflow.kernel.geo import Point
from rideflow.kernel.idempotency import IdempotencyKey, create_once
from rideflow.kernel.model import stored
from rideflow.kernel.postgres import Database, Row, sql
from rideflow.pricing.model import Quote
from rideflow.pricing.service import QuoteView

_DOCUMENTS = ("needs", "rate", "cancellation_terms", "breakdown")
"""The columns that are JSON."""


class PostgresQuotes:
    """The table `quotes`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, quote: Quote, key: IdempotencyKey, view: QuoteView) -> QuoteView:
        def create() -> QuoteView:
            self._database.execute(sql("rideflow.pricing", "quote_add"), _parameters(quote) | key.parameters(view))
            return view

        return create_once(self._database, key, QuoteView, create)

    def find(self, quote_id: UUID) -> Quote | None:
        row = self._database.one(sql("rideflow.pricing", "quote_find"), {"id": quote_id})
        return None if row is None else _quote(row)


def _parameters(quote: Quote) -> dict[str, Any]:
    plain = quote.model_dump(exclude={"pickup", "dropoff", *_DOCUMENTS})
    documents = quote.model_dump(mode="json", include=set(_DOCUMENTS))
    return plain | {
        "pickup_lat": quote.pickup.lat,
        "pickup_lng": quote.pickup.lng,
        "dropoff_lat": quote.dropoff.lat,
        "dropoff_lng": quote.dropoff.lng,
        **{name: Jsonb(document) for name, document in documents.items()},
    }


def _quote(row: Row) -> Quote:
    ends = {
        "pickup": Point(lat=row["pickup_lat"], lng=row["pickup_lng"]),
        "dropoff": Point(lat=row["dropoff_lat"], lng=row["dropoff_lng"]),
    }
    return stored(Quote, row | ends)
