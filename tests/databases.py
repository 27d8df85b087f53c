"""The product's database on a test's server, over a connection that the product itself makes."""

from urllib.parse import urlsplit

from rideflow.kernel.postgres import Database, connect
from rideflow.kernel.settings import DatabaseSettings


def database_at(database_url: str) -> Database:
    return Database(lambda: connect(settings_of(database_url)))


def settings_of(database_url: str) -> DatabaseSettings:
    url = urlsplit(database_url)
    return DatabaseSettings(
        host=str(url.hostname), port=int(url.port or 0), name=url.path[1:], user=str(url.username), auth="trust"
    )
