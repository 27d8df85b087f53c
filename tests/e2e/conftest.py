"""Every test here uses the deployed local cloud; the fixture `city` has its people."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from local.stack import Stack
from tests.e2e.city import City, Pool

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def people() -> Pool:
    return Pool()


@pytest.fixture
async def city(stack: Stack, people: Pool) -> AsyncIterator[City]:
    assert stack.record is not None
    async with AsyncExitStack() as exits:
        city = City(stack.record, people, exits)
        await city.open()
        yield city
