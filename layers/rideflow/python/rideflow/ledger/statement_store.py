"""Accounts and entries in PostgreSQL, page by page."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from rideflow.kernel.postgres import Database, Row, sql

_PACKAGE = "rideflow.ledger"


class PostgresStatements:
    """Reads pages by key: a far page costs no more than a near one."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def accounts(
        self, owner_kind: str | None, owner_id: UUID | None, kind: str | None, after: UUID, limit: int
    ) -> list[Row]:
        parameters = {
            "owner_kind": owner_kind,
            "owner_id": owner_id,
            "kind": kind,
            "after": after,
            "limit": limit,
        }
        return self._database.all(sql(_PACKAGE, "accounts_page"), parameters)

    def account(self, account_id: UUID) -> Row | None:
        return self._database.one(sql(_PACKAGE, "account_by_id"), {"account_id": account_id})

    def entries(
        self, account_id: UUID, since: datetime | None, until: datetime | None, before: int, limit: int
    ) -> list[Row]:
        """The posted entries of a period, newest first, before a position."""
        parameters = {
            "account_id": account_id,
            "since": since,
            "until": until,
            "before": before,
            "limit": limit,
        }
        return self._database.all(sql(_PACKAGE, "statement_page"), parameters)
