from collections.abc import Iterator

import pytest

from tests.adapters.trips.environments import Bus, Environment


@pytest.fixture
def bus() -> Bus:
    return Bus()


@pytest.fixture
def environments(database_url: str, bus: Bus) -> Iterator[list[Environment]]:
    """Twenty, as after a burst of requests."""
    found = [Environment(database_url, bus) for _ in range(20)]
    yield found
    for environment in found:
        environment.database.close()


@pytest.fixture
def environment(environments: list[Environment]) -> Environment:
    return environments[0]
