import pytest

from tests.installing import install


@pytest.fixture(scope="session")
def tools() -> None:
    """Other people's tools, which judge the contracts."""
    install("contract-tools")
