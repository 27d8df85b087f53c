"""Snapshots and checks of the ledger in PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from psycopg.types.json import Jsonb

from rideflow.kernel.ids import uuid7
from rideflow.kernel.postgres import Database, Row, sql
from rideflow.ledger.model import AccountKind, Check
from rideflow.ledger.store import POSTING_LOCK, kind_row

_PACKAGE = "rideflow.ledger"


class PostgresChecks:
    """Reads what was posted up to a position, beside postings that go on."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def settled_position(self) -> int:
        """The last position: every entry up to it is committed, or will never be.

        Waits for postings that are under way, and lets none begin until it has read the position. Raises
        `DatabaseUnavailableError` if one of them takes seconds: others would wait behind this.
        """
        with self._database.transaction():
            self._database.one(sql(_PACKAGE, "postings_wait"), {"lock": POSTING_LOCK})
            return int(self._database.value(sql(_PACKAGE, "last_position"), {}))

    def take_snapshots(self, position: int, at: datetime) -> int:
        """Store the balances up to the position; returns how many accounts have a new snapshot."""
        return int(self._database.value(sql(_PACKAGE, "snapshots_take"), {"position": position, "at": at}))

    def snapshot_due_at(self) -> datetime | None:
        """When the first entry was posted that no snapshot covers."""
        at: datetime | None = self._database.value(sql(_PACKAGE, "snapshot_due"), {})
        return at

    def check_due_at(self, cleared_within: timedelta, now: datetime) -> datetime | None:
        """When a check has something to do; `now` if the last one found something."""
        parameters = {"cleared_within_s": cleared_within.total_seconds(), "now": now}
        at: datetime | None = self._database.value(sql(_PACKAGE, "check_due"), parameters)
        return at

    def last(self) -> Check:
        """The newest check; one of nothing if none was made."""
        row = self._database.one(sql(_PACKAGE, "check_last"), {})
        return Check() if row is None else Check(**row)

    def differences(self, since: int, position: int, kinds: Iterable[AccountKind], limit: int) -> list[Row]:
        said = Jsonb([kind_row(kind) for kind in kinds])
        parameters = {"since": since, "position": position, "kinds": said, "limit": limit}
        return self._database.all(sql(_PACKAGE, "differences"), parameters)

    def position_before(self, since: int, position: int, before: datetime) -> int:
        """The position up to which all entries after `since` were posted before a time."""
        parameters = {"since": since, "position": position, "before": before}
        return int(self._database.value(sql(_PACKAGE, "position_at"), parameters))

    def uncleared(self, last: Check, position: int, limit: int) -> list[Row]:
        parameters = {
            "since": last.cleared_position,
            "position": position,
            "found": Jsonb(last.uncleared),
            "limit": limit,
        }
        return self._database.all(sql(_PACKAGE, "uncleared"), parameters)

    def open_since(self, before: datetime, limit: int) -> list[Row]:
        return self._database.all(sql(_PACKAGE, "open_for_long"), {"before": before, "limit": limit})

    def record(self, check: Check, at: datetime) -> None:
        parameters = {
            "id": uuid7(),
            "position": check.position,
            "cleared_position": check.cleared_position,
            "entries": check.entries,
            "differences": Jsonb(check.differences),
            "uncleared": Jsonb(check.uncleared),
            "at": at,
        }
        self._database.execute(sql(_PACKAGE, "check_record"), parameters)
