"""The stage whose functions are released."""

from collections.abc import Iterator

import pytest

from tests.local.lambdas import ONE, TWO, Cloud, empty_cloud


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with empty_cloud() as made:
        yield made


@pytest.fixture
def second(cloud: Cloud) -> Cloud:
    """ONE is live, and TWO is deployed."""
    cloud.released(ONE)
    cloud.deploy(TWO)
    return cloud
