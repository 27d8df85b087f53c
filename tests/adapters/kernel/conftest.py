from collections.abc import Callable, Iterator

import pytest

from rideflow.kernel.postgres import Database
from tests.databases import OWNER, database_at

type Connect = Callable[[], Database]


@pytest.fixture
def connect(database_url: str) -> Iterator[Connect]:
    """Makes `Database` objects, each with a connection of its own, as Lambda environments have."""
    made: list[Database] = []

    def another() -> Database:
        made.append(database_at(database_url))
        return made[-1]

    yield another
    for database in made:
        database.close()


@pytest.fixture
def database(connect: Connect) -> Database:
    return connect()


@pytest.fixture
def owner(database_url: str) -> Iterator[Database]:
    """The schema's owner, for what functions have no right to."""
    found = database_at(database_url, OWNER)
    yield found
    found.close()
