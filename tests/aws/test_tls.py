"""Functions reach their stores over TLS, and believe no server that the layer's authorities do not vouch for."""

import ssl

import pytest

from rideflow.kernel.certificates import authorities
from rideflow.kernel.postgres import Database, DatabaseUnavailableError, connect
from rideflow.kernel.redis import RedisUnavailableError, answering
from rideflow.kernel.redis import connect as connect_redis
from rideflow.kernel.settings import DatabaseSettings, RedisSettings
from tests.aws.conftest import Rds


def test_the_layers_bundle_has_amazons_roots() -> None:
    trusts = ssl.create_default_context(cafile=authorities())

    told = str([each["subject"] for each in trusts.get_ca_certs()])
    assert all(f"('commonName', 'Amazon Root CA {number}')" in told for number in (1, 2, 3, 4))


@pytest.mark.usefixtures("trusted")
def test_functions_sign_in_with_a_token_over_tls(database: DatabaseSettings, rds: Rds) -> None:
    with connect(database) as connection:
        row = connection.execute(
            "select ssl, version, current_user as who from pg_stat_ssl where pid = pg_backend_pid()"
        ).fetchone()

    assert row == {"ssl": True, "version": "TLSv1.3", "who": database.user}
    assert rds.asked == [{"DBHostname": database.host, "Port": database.port, "DBUsername": database.user}]


@pytest.mark.usefixtures("rds")
def test_a_database_whose_authority_is_not_in_the_bundle_gets_no_token(database: DatabaseSettings) -> None:
    with pytest.raises(DatabaseUnavailableError) as refused:
        connect(database)

    assert "certificate verify failed" in str(refused.value.__cause__)


@pytest.mark.usefixtures("trusted", "rds")
def test_a_database_under_another_name_than_its_certificates_gets_no_token(database: DatabaseSettings) -> None:
    elsewhere = DatabaseSettings(**(vars(database) | {"host": "127.0.0.1"}))

    with pytest.raises(DatabaseUnavailableError) as refused:
        connect(elsewhere)

    assert "does not match host name" in str(refused.value.__cause__)


@pytest.mark.usefixtures("trusted", "rds")
def test_the_database_works_over_the_connection(database: DatabaseSettings) -> None:
    store = Database(lambda: connect(database))

    with store.transaction():
        assert store.one("select %(one)s::int as one", {"one": 1}) == {"one": 1}
    store.close()


@pytest.mark.usefixtures("trusted")
def test_scripts_run_over_tls(cache: RedisSettings) -> None:
    with connect_redis(cache) as redis:
        assert redis.set("{zone}key", "kept") is True
        assert redis.get("{zone}key") == b"kept"


def test_a_cache_whose_authority_is_not_in_the_bundle_is_not_used(cache: RedisSettings) -> None:
    with pytest.raises(RedisUnavailableError) as refused, answering():
        connect_redis(cache, retries=0).get("{zone}key")

    assert "CERTIFICATE_VERIFY_FAILED" in str(refused.value.__cause__)
