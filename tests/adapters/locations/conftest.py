from collections.abc import Iterator

import pytest

from tests.adapters.supply.street import Street


@pytest.fixture
def street(database_url: str, redis_url: str) -> Iterator[Street]:
    street = Street(database_url, redis_url)
    yield street
    street.close()
