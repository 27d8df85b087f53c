"""Time passes for the run's rides: the times in their rows are moved back.

Sweeps act on what has been as it is for minutes or hours, and drivers wait five minutes for a rider. Nobody can wait
for that, and the functions' clocks are the machine's. So what is stored is made older, all times of a row alike: to a
sweep that is the same as a later look. What is not in these rows stays as it is: the waits of sagas, the visibility of
messages, positions in Redis, and what Stripe has had for long (`payments.sweep_holds` finds nothing to announce).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence

import psycopg
from psycopg.sql import SQL, Composed, Identifier

_RECOVERS_WITHIN_S = 60.0
_OF_TRIPS = {
    "trips": "id", "payment_orders": "trip_id", "payer_actions": "trip_id", "match_requests": "trip_id",
    "offers": "trip_id",
}  # fmt: skip
_OF_ALL = ("outbox", "stripe_events")
_TIMES = """
    select column_name from information_schema.columns
    where table_name = %s and data_type = 'timestamp with time zone' and is_generated = 'NEVER'
"""


class Clock:
    """Moves the times of a database's rides. A server that recovers meanwhile is waited for."""

    def __init__(self, database_url: str) -> None:
        self._url = database_url

    async def pass_for(self, trip_id: str, seconds: float) -> None:
        """Let a moment pass for one trip alone, as long as its people would have waited."""
        if seconds:
            await self._move({"trips": "id"}, [trip_id], seconds)

    async def pass_for_all(self, trip_ids: Sequence[str], seconds: float) -> None:
        """Let time pass for these trips and all that belongs to them, for events and webhooks that wait."""
        await self._move({**_OF_TRIPS, **dict.fromkeys(_OF_ALL)}, trip_ids, seconds)

    async def _move(self, tables: Mapping[str, str | None], trip_ids: Sequence[str], seconds: float) -> None:
        """Move the rows of tables by the column that names their trip, or all rows where there is none."""
        until = time.monotonic() + _RECOVERS_WITHIN_S
        parameters = {"trips": list(trip_ids), "seconds": seconds}
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(self._url) as connection:
                    for table, column in tables.items():
                        await connection.execute(await _statement(connection, table, column), parameters)
            except psycopg.OperationalError:
                if time.monotonic() > until:
                    raise
                await asyncio.sleep(0.2)
            else:
                return


async def _statement(connection: psycopg.AsyncConnection, table: str, column: str | None) -> Composed:
    times = await (await connection.execute(_TIMES, [table])).fetchall()
    move = SQL("{0} = {0} - make_interval(secs => %(seconds)s)")
    moved = SQL(", ").join(move.format(Identifier(name)) for (name,) in times)
    which = SQL("true") if column is None else SQL("{} = any(%(trips)s::uuid[])").format(Identifier(column))
    return SQL("update {} set {} where {}").format(Identifier(table), moved, which)
