"""Rows of a statement, for tests that look into the database."""

from typing import Any

from psycopg import Cursor
from psycopg.pq import ExecStatus


def rows_of(cursor: Cursor[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows that the statement returned: none for a change.

    `select from trips` has rows without columns; psycopg would have none of them, and no test would ever find one.
    """
    result = cursor.pgresult
    if result is None or result.status != ExecStatus.TUPLES_OK:
        return []
    return cursor.fetchall() if result.nfields else [{}] * result.ntuples
