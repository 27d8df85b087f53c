"""A stage whose database may pause, for tests of its sweeps."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from types import ModuleType
from urllib.parse import urlsplit

import psycopg
import pytest

from rideflow.kernel import sweep_sleep
from rideflow.kernel.clock import utc_now
from rideflow.kernel.database_use import DatabaseUse
from rideflow.kernel.postgres import database
from rideflow.kernel.sweep_sleep import LOOK
from tests.eventually import eventually
from tests.functions.cloud import Cloud, forget_wiring
from tests.functions.lambda_events import LambdaContext

TABLE = "database-use"


@dataclass
class Night:
    """The database may pause: functions count their sessions in a table, and sweeps may sleep."""

    cloud: Cloud
    monkeypatch: pytest.MonkeyPatch

    def __post_init__(self) -> None:
        self.monkeypatch.setenv("DATABASE_USE_TABLE", TABLE)
        forget_wiring()

    def falls(self) -> None:
        """This environment's session ends, as the server ends idle ones. Returns when the database has noticed."""
        forget_wiring()
        self.waits_for_the_others_to_leave()

    def waits_for_the_others_to_leave(self) -> None:
        """Until nobody is connected, except for looks."""
        url = urlsplit(self.cloud.database_url)
        with psycopg.connect(url._replace(path="/postgres").geturl(), autocommit=True) as watch:
            asked = "select count(*) from pg_stat_activity where datname = %s and application_name <> %s"
            eventually(lambda: watch.execute(asked, [url.path[1:], LOOK]).fetchone() == (0,))

    def sleeps_after_a_run(self, operation: ModuleType) -> bool:
        """Whether the sweep sleeps after it was started once at night."""
        self.falls()
        operation.app({}, LambdaContext())
        return self._is_asleep(operation, utc_now())

    def wakes(self) -> None:
        """A function opens a session."""
        database().one("select 1", {})

    def wakes_at(self, operation: ModuleType, due: datetime) -> bool:
        """Whether the sweep sleeps until that time, or until all sweeps wake, if that is sooner."""
        until = min(due, sweep_sleep.next_wake(utc_now()))
        return self._is_asleep(operation, until - timedelta(seconds=2)) and not self._is_asleep(operation, until)

    def _is_asleep(self, operation: ModuleType, at: datetime) -> bool:
        return DatabaseUse(TABLE).read(_name(operation)).is_asleep(at, "")


def _name(operation: ModuleType) -> str:
    return operation.__name__.rpartition(".")[2]
