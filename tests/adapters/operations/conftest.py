"""An operator's doings meet the zone in which they are done, and the market at which they look."""

from collections.abc import Iterator

import pytest

from tests.adapters.dispatch.conftest import zone
from tests.adapters.operations.channel import Channel
from tests.adapters.supply.street import Street

__all__ = ["channel", "zone"]


@pytest.fixture
def channel(database_url: str, redis_url: str) -> Iterator[Channel]:
    street = Street(database_url, redis_url)
    yield Channel(street)
    street.close()
