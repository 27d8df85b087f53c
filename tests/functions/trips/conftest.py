import pytest

from tests.functions.cloud import Cloud
from tests.functions.trips.rides import Rides
from tests.functions.trips.scheduling import Scheduling


@pytest.fixture
def rides(cloud: Cloud) -> Rides:
    return Rides(cloud)


@pytest.fixture
def scheduling(rides: Rides) -> Scheduling:
    return Scheduling(rides)
