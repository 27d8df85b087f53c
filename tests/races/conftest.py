from collections.abc import Iterator

import pytest

from tests.adapters.payments.stripe_at_hand import emptied, running_stripe
from tests.adapters.supply.street import Street
from tests.races.arena import Arena
from tests.races.processes import Processes, Stores


@pytest.fixture(params=[pytest.param(2, id="short"), pytest.param(200, id="long", marks=pytest.mark.long)])
def rounds(request: pytest.FixtureRequest) -> range:
    """The number of rounds of a race: a few with `make test`, two hundred with `make test-long`."""
    return range(int(request.param))


@pytest.fixture(scope="session")
def processes() -> Iterator[Processes]:
    processes = Processes()
    yield processes
    processes.close()


@pytest.fixture(scope="session")
def stripe_url() -> Iterator[str]:
    with running_stripe() as url:
        yield url


@pytest.fixture
def arena(database_url: str, redis_url: str, stripe_url: str, processes: Processes) -> Iterator[Arena]:
    processes.join(Stores(database_url, redis_url, stripe_url))
    with emptied(stripe_url) as stripe:
        arena = Arena(Street(database_url, redis_url), stripe, processes)
        yield arena
        arena.close()
        for went, often in arena.went.most_common():
            print(f"{often:5} {went}")  # `-rP` shows how often each outcome occurred
    processes.leave()
