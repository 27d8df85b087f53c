"""The runs of the fault harness have a process of their own: `tests/adapters/test_faults_apart.py` starts it.

A run takes the product's modules for itself: caches, clients, clocks. Other tests of the same process would meet what
it left in objects that they imported before.
"""

from collections.abc import Iterator

import psycopg
import pytest

from local.postgres import Postgres
from simulation.faults.stores import Stores
from tests.conftest import TEMPLATE

_DATABASE = "faults"


def pytest_ignore_collect(config: pytest.Config) -> bool | None:
    """Leave the runs out unless they were asked for by their path."""
    return None if any("faults" in str(argument) for argument in config.args) else True


@pytest.fixture
def fault_stores(postgres: Postgres, redis_url: str) -> Iterator[Stores]:
    """Stores that the runs of one test empty. The server may crash, so no session of the test's own is open."""
    with psycopg.connect(postgres.url(), autocommit=True) as connection:
        connection.execute(f"create database {_DATABASE} template {TEMPLATE} strategy file_copy".encode())
    yield Stores(postgres.url(_DATABASE), redis_url)
    with psycopg.connect(postgres.url(), autocommit=True) as connection:
        connection.execute(f"drop database {_DATABASE} with (force)".encode())
