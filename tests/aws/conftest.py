"""An authority of this test run in the place of Amazon's, and an environment without what this machine adds."""

import json
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import certifi
import pytest
import trustme

from functions.kernel.migrate import migrate
from local.redis_binary import find_redis
from rideflow.kernel import aws, iam_tokens
from rideflow.kernel.iam_tokens import database_token
from rideflow.kernel.migrations import owner
from rideflow.kernel.settings import MigratorSettings
from tests.aws.stores import SECRET, SECRET_ARN, Certificates, TlsPostgres, TlsRedis, tls_postgres, tls_redis

MACHINES_OWN = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "PGSSLROOTCERT", "PGSSLMODE")
"""Variables that name authorities on some machines, and on no Lambda."""
ROLE = {
    "AWS_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "ASIAEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "wJalr/XUtn+EMI=",
    "AWS_SESSION_TOKEN": "IQoJb3/JpZ2lu+X2Vj==",
}
"""Lambda gives a function the credentials of its role."""


class Secrets:
    """boto3's client as far as the migrator uses it: the cluster's secret."""

    def get_secret_value(self, **asked: str) -> dict[str, str]:
        assert asked == {"SecretId": SECRET_ARN}
        return {"SecretString": json.dumps({"username": "master", "password": SECRET})}


@pytest.fixture(autouse=True)
def _as_in_a_lambda(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in MACHINES_OWN:
        monkeypatch.delenv(variable, raising=False)
    for variable, value in ROLE.items():
        monkeypatch.setenv(variable, value)
    clients: dict[str, Any] = {"secretsmanager": Secrets()}
    monkeypatch.setattr(aws, "client", lambda name: clients[name])


@pytest.fixture(autouse=True)
def _one_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tokens are signed for one moment, so that a test knows the token that a function brings."""
    now = datetime.now(UTC)
    monkeypatch.setattr(iam_tokens, "datetime", type("Now", (datetime,), {"now": lambda _: now}))


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
def trusted_as_rds(authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bundle for databases themselves holds this authority, and the other does not."""
    bundle = tmp_path / "rds.pem"
    authority.cert_pem.write_to_path(bundle)
    monkeypatch.setattr(owner, "rds_authorities", lambda: str(bundle))


@pytest.fixture(scope="session")
def postgres(authority: trustme.CA) -> Iterator[TlsPostgres]:
    with (
        tempfile.TemporaryDirectory(prefix="rideflow-aws-", ignore_cleanup_errors=True) as folder,
        tls_postgres(Path(folder), Certificates.issued(authority, "localhost")) as running,
    ):
        yield running


@pytest.fixture
def migrated(postgres: TlsPostgres, monkeypatch: pytest.MonkeyPatch, trusted_as_rds: None) -> TlsPostgres:
    """As after a deploy: the migrator has run, and IAM lets in who brings a token of this moment."""
    for variable, name in zip(MigratorSettings.variables(), MigratorSettings.__annotations__, strict=True):
        monkeypatch.setenv(variable, str(getattr(postgres.migrator, name)))
    migrate(60)
    functions = postgres.functions
    postgres.lets_in("functions", database_token(functions.host, functions.port, functions.user))
    return postgres


@pytest.fixture(scope="session")
def redis(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TlsRedis]:
    """Redis: the Valkey that can be fetched here is built without TLS."""
    certificates = Certificates.issued(authority, "127.0.0.1")
    with tls_redis(tmp_path_factory.mktemp("redis"), certificates, find_redis()) as running:
        yield running
