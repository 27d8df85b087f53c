"""The fixtures of every test here."""

import pytest

from deployed_cloud import cloud

__all__ = ["cloud"]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "e2e: starts LocalStack")
