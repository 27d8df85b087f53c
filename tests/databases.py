"""The product's database on a test's server, over a connection that the product itself makes, by the role of functions.

Tests write and look at rows as the schema's owner, on connections of their own.
"""

from urllib.parse import urlsplit

from rideflow.kernel.postgres import Database, connect
from rideflow.kernel.settings import DatabaseSettings

FUNCTIONS, OWNER = "functions", "postgres"


def database_at(database_url: str, user: str = FUNCTIONS) -> Database:
    return Database(lambda: connect(settings_of(database_url, user)))


def settings_of(database_url: str, user: str = FUNCTIONS) -> DatabaseSettings:
    url = urlsplit(database_url)
    return DatabaseSettings(
        host=str(url.hostname), port=int(url.port or 0), name=url.path[1:], user=user, auth="trust", use_table=""
    )
