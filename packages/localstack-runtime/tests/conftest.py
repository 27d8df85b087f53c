"""The fixtures of every test here."""

import pytest

from deployed_cloud import cloud
from rights import queue, worker

__all__ = ["cloud", "queue", "worker"]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "e2e: starts LocalStack")
