"""The environment variables of this process, for as long as a run in it needs others."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def told(settings: dict[str, str]) -> Iterator[None]:
    """Set these variables of the environment, and restore it afterwards."""
    before = dict(os.environ)
    os.environ.update(settings)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
