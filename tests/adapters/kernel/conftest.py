from collections.abc import Callable, Iterator

import psycopg
import pytest
from psycopg.rows import dict_row

from rideflow.kernel.postgres import Database

type Connect = Callable[[], Database]


@pytest.fixture
def connect(database_url: str) -> Iterator[Connect]:
    """Makes `Database` objects, each with a connection of its own, as Lambda environments have."""
    made: list[Database] = []

    def another() -> Database:
        made.append(Database(lambda: psycopg.connect(database_url, autocommit=True, row_factory=dict_row)))
        return made[-1]

    yield another
    for database in made:
        database.close()


@pytest.fixture
def database(connect: Connect) -> Database:
    return connect()
