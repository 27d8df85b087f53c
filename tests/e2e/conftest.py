"""Every test here uses the deployed local cloud; the fixture `city` has its people."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from local.paths import TEST_STACK
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


class Refusals:
    """What LocalStack says that a role may not do, each read once."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._read = 0

    def new(self) -> list[str]:
        with self._log.open() as log:
            log.seek(self._read)
            lines = log.readlines()
            self._read = log.tell()
        return [line.strip() for line in lines if "is not authorized to perform" in line]


@pytest.fixture(scope="session")
def refusals(stack: Stack) -> Refusals:
    return Refusals(TEST_STACK.log("localstack"))


@pytest.fixture(autouse=True)
def every_role_may_do_what_it_did(refusals: Refusals) -> Iterator[None]:
    """A call that lacks its grant may be repeated, or end in a queue of dead letters that the test does not look at."""
    yield
    assert refusals.new() == []


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
