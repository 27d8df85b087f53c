"""The fixtures of every test here."""

import pytest

from running_double import connected, double, double_url, receiver

__all__ = ["connected", "double", "double_url", "receiver"]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "race: provokes concurrent operations")
