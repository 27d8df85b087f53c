import pytest

from simulation.faults.house import Stores


@pytest.fixture
def fault_stores(database_url: str, redis_url: str) -> Stores:
    """Stores that the runs of one test empty."""
    return Stores(database_url, redis_url)
