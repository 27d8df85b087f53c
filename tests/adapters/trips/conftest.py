from collections.abc import Iterator

import pytest

from tests.adapters.supply.index import DriverIndex
from tests.adapters.trips.environments import Bus, Environment
from tests.adapters.trips.road import Road, Watch
from tests.cluster_client import cluster_client
from tests.market_data import DEPLOYED


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


@pytest.fixture
def road(database_url: str, redis_url: str, bus: Bus) -> Iterator[Road]:
    watch = Watch()
    watch.now = watch.now.replace(microsecond=0)
    environment, redis = Environment(database_url, bus, watch), cluster_client(redis_url)
    found = Road(environment, DriverIndex(redis, DEPLOYED), watch)
    found.silent.sweep()
    yield found
    environment.database.close()
    redis.close()
