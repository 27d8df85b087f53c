import pytest

from tests.functions.cloud import Cloud
from tests.functions.trips.rides import Rides


@pytest.fixture
def rides(cloud: Cloud) -> Rides:
    return Rides(cloud)
