"""An authority of this test run in the place of Amazon's, and an environment without what this machine adds."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import certifi
import pytest
import trustme

from rideflow.kernel import aws
from rideflow.kernel.settings import DatabaseSettings, RedisSettings
from tests.aws.stores import TOKEN, Certificates, tls_postgres, tls_redis

MACHINES_OWN = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "PGSSLROOTCERT", "PGSSLMODE")
"""Variables that name authorities on some machines, and on no Lambda."""


class Rds:
    """boto3's client as far as functions use it: the token that lets a user in."""

    def __init__(self) -> None:
        self.asked: list[dict[str, object]] = []

    def generate_db_auth_token(self, **asked: object) -> str:
        self.asked.append(asked)
        return TOKEN


@pytest.fixture(autouse=True)
def _no_authorities_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in MACHINES_OWN:
        monkeypatch.delenv(variable, raising=False)


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def trusted(authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The layer's bundle holds this authority."""
    bundle = tmp_path / "authorities.pem"
    authority.cert_pem.write_to_path(bundle)
    monkeypatch.setattr(certifi, "where", lambda: str(bundle))


@pytest.fixture
def rds(monkeypatch: pytest.MonkeyPatch) -> Rds:
    client = Rds()
    monkeypatch.setattr(aws, "client", lambda name: {"rds": client}[name])
    return client


@pytest.fixture(scope="session")
def database(authority: trustme.CA) -> Iterator[DatabaseSettings]:
    with (
        tempfile.TemporaryDirectory(prefix="rideflow-aws-", ignore_cleanup_errors=True) as folder,
        tls_postgres(Path(folder), Certificates.issued(authority, "localhost")) as settings,
    ):
        yield settings


@pytest.fixture(scope="session")
def cache(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisSettings]:
    with tls_redis(tmp_path_factory.mktemp("redis"), Certificates.issued(authority, "127.0.0.1")) as settings:
        yield settings
