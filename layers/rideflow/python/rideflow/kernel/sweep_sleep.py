"""Sweeps that sleep where nothing lives, so that a database that may pause does so (ADR 143).

A sweep is awake for its run, as it always is on a stage whose database never pauses, unless a look finds all of this:

| in this order                       | why nothing is missed                                                        |
|-------------------------------------|------------------------------------------------------------------------------|
| 1. the count of sessions is read    | a session that opens after 2 is counted before it is used; this ends a sleep |
| 2. nobody else is connected         | an open session may be used at any time, and is not counted again            |
| 3. nothing of the sweep is due soon | what a session that was closed before 2 has committed is seen                |

A look's own session is not counted, and other looks ignore it, because it changes nothing. A sweep that is awake runs
on a counted session like every other function, and closes it at the end. If a question fails, the sweep is awake.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from rideflow.kernel.observability import logger
from rideflow.kernel.settings import DatabaseSettings

if TYPE_CHECKING:
    from rideflow.kernel.database_use import DatabaseUse
    from rideflow.kernel.postgres import Database

type Ahead = Callable[[Database], datetime | None]
"""Reads on the given connection from when on the sweep may have something to do; None if nothing of it lives."""

LOOK = "rideflow-look"
"""The name of a look's session, by which other looks leave it out."""

SOON = timedelta(minutes=10)
"""A sweep does not sleep if something is due within this time: the database would hardly have paused."""

SLEEPS_AT_MOST = timedelta(hours=12)
"""All sweeps wake at the same times of the day, so that the database wakes as seldom as one of them. After a day's
pause Aurora would take longer to resume."""


def sleeps(sweep: str, ahead: Ahead, now: datetime) -> bool:
    """Whether the sweep may leave out its run: it is asleep, or a look finds that it can sleep from now on."""
    table = DatabaseSettings.from_environment().use_table
    if not table:
        return False
    try:
        return _sleeps(_use(table), sweep, ahead, now)
    except Exception:  # whatever it was, the run is safe
        logger.warning("it is not known whether the sweep may sleep", exc_info=True)
        return False


def rest() -> None:
    """Close the sweep's session, which would otherwise keep others awake, and the database."""
    if DatabaseSettings.from_environment().use_table:
        from rideflow.kernel.postgres import database

        database().close()


def _sleeps(use: DatabaseUse, sweep: str, ahead: Ahead, now: datetime) -> bool:
    before, version = use.read(sweep), os.environ.get("AWS_LAMBDA_FUNCTION_VERSION", "")
    if before.is_asleep(now, version):
        return True
    until = _quiet_until(ahead, now)
    if until is None:
        return False
    use.allow_sleep(sweep, before.sessions, until, version)
    return True


def _use(table: str) -> DatabaseUse:
    """Imported on stages that use it: the others' cold starts do without it."""
    from rideflow.kernel.database_use import DatabaseUse

    return DatabaseUse(table)


def _quiet_until(ahead: Ahead, now: datetime) -> datetime | None:
    """Until when there is nothing to do if nobody opens a session; None if there is, or somebody is connected."""
    from rideflow.kernel.postgres import Database, connect, sql

    settings = DatabaseSettings.from_environment()
    with closing(Database(lambda: connect(settings, LOOK))) as look:
        if look.value(sql("rideflow.kernel", "others_connected"), {"look": LOOK}):
            return None
        due = ahead(look)
    if due is not None and due <= now + SOON:
        return None
    wakes_at = next_wake(now)
    return wakes_at if due is None else min(due, wakes_at)


def next_wake(now: datetime) -> datetime:
    """The next of the times at which all sweeps wake; they are counted from the beginning of Unix time."""
    wakes = now.timestamp() // SLEEPS_AT_MOST.total_seconds() + 1
    return datetime.fromtimestamp(wakes * SLEEPS_AT_MOST.total_seconds(), UTC)
