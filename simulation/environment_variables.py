"""The environment variables of this process, for as long as a run in it needs others."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit


def of_stores(database_url: str, redis_url: str, redis_user: str) -> dict[str, str]:
    """The variables by which functions find these stores on loopback, with the rights that they have on AWS."""
    database, redis = urlsplit(database_url), urlsplit(redis_url)
    return {
        "DATABASE_HOST": str(database.hostname),
        "DATABASE_PORT": str(database.port),
        "DATABASE_NAME": database.path.strip("/"),
        "DATABASE_USER": "functions",
        "DATABASE_AUTH": "trust",
        "DATABASE_USE_TABLE": "",
        "REDIS_HOST": str(redis.hostname),
        "REDIS_PORT": str(redis.port),
        "REDIS_NAME": "local",
        "REDIS_USER": redis_user,
        "REDIS_AUTH": "trust",
    }


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
