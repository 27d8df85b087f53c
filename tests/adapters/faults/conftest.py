"""The runs of the fault harness have a process of their own: `tests/adapters/test_faults_apart.py` starts it.

A run takes the product's modules for itself: caches, clients, clocks. Other tests of the same process would meet what
it left in objects that they imported before.
"""

import pytest

from simulation.faults.stores import Stores


def pytest_ignore_collect(config: pytest.Config) -> bool | None:
    """Leave the runs out unless they were asked for by their path."""
    return None if any("faults" in str(argument) for argument in config.args) else True


@pytest.fixture
def fault_stores(database_url: str, redis_url: str) -> Stores:
    """Stores that the runs of one test empty."""
    return Stores(database_url, redis_url)
