"""The product's own cluster client at an address."""

from urllib.parse import urlsplit

from redis.cluster import RedisCluster

from rideflow.kernel.redis import connect
from rideflow.kernel.settings import RedisSettings

OWNER = "default"
"""Tests also look at keys and delete them, which functions may not."""


def cluster_client(url: str, *, user: str = OWNER, timeout_s: float = 1, retries: int = 1) -> RedisCluster:
    """A client to close, or to use as a context. `RedisCluster.from_url` leaves its sockets open when it is closed."""
    at = urlsplit(url)
    settings = RedisSettings(str(at.hostname), int(at.port or 0), name="local", user=user, auth="trust")
    return connect(settings, timeout_s=timeout_s, retries=retries)
