from collections.abc import Iterator

import pytest

from tests.races.arena import Arena, Pauses, PausingStreet


@pytest.fixture(params=[pytest.param(3, id="short"), pytest.param(200, id="long", marks=pytest.mark.long)])
def rounds(request: pytest.FixtureRequest) -> range:
    """How often a race is run: a few times with `make test`, two hundred times with `make test-long`."""
    return range(int(request.param))


@pytest.fixture
def arena(database_url: str, redis_url: str) -> Iterator[Arena]:
    street = PausingStreet(database_url, redis_url, Pauses(seed=20))
    arena = Arena(street)
    yield arena
    arena.close()
    street.close()
