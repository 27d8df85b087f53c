from collections.abc import Iterator

import pytest

from tests.adapters.dispatch.zone import Zone
from tests.adapters.supply.street import Street


@pytest.fixture
def zone(database_url: str, redis_url: str) -> Iterator[Zone]:
    street = Street(database_url, redis_url)
    zone = Zone(street)
    yield zone
    zone.close()
    street.close()
