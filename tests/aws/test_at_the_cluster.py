"""Without RDS Proxy functions meet the cluster itself, whose certificate an authority of RDS's own vouches for."""

from pathlib import Path

import pytest
import trustme

from rideflow.kernel import postgres as module
from rideflow.kernel.postgres import DatabaseUnavailableError, connect
from rideflow.kernel.settings import DatabaseSettings
from tests.aws.stores import TlsPostgres


@pytest.fixture
def at_the_cluster(migrated: TlsPostgres) -> DatabaseSettings:
    """The database of a stage that may pause."""
    return DatabaseSettings(**(vars(migrated.functions) | {"auth": "iam_at_cluster", "use_table": "database-use"}))


@pytest.fixture
def vouched_for_by_rds(authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bundle = tmp_path / "rds.pem"
    authority.cert_pem.write_to_path(bundle)
    monkeypatch.setattr(module, "rds_authorities", lambda: str(bundle))


@pytest.mark.usefixtures("vouched_for_by_rds")
def test_functions_sign_in_at_the_cluster_with_a_token_over_tls(at_the_cluster: DatabaseSettings) -> None:
    with connect(at_the_cluster) as connection:
        tls = connection.execute("select ssl, current_user as who from pg_stat_ssl where pid = pg_backend_pid()")
        assert tls.fetchone() == {"ssl": True, "who": at_the_cluster.user}
        for name, lasts in (("idle_session_timeout", "1min"), ("statement_timeout", "8s")):
            assert connection.execute(f"show {name}".encode()).fetchone() == {name: lasts}


@pytest.mark.usefixtures("trusted")
def test_a_public_authority_vouches_for_no_cluster(at_the_cluster: DatabaseSettings) -> None:
    with pytest.raises(DatabaseUnavailableError) as refused:
        connect(at_the_cluster)

    assert "certificate verify failed" in str(refused.value.__cause__)


@pytest.mark.usefixtures("vouched_for_by_rds")
def test_rds_s_own_authority_vouches_for_no_proxy(postgres: TlsPostgres) -> None:
    with pytest.raises(DatabaseUnavailableError) as refused:
        connect(postgres.functions)

    assert "certificate verify failed" in str(refused.value.__cause__)
