"""The tokens are those that boto3 makes."""

from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlsplit

import boto3
import pytest
from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from rideflow.kernel import iam_tokens

NOW = datetime(2026, 11, 30, 9, 5, 7, tzinfo=UTC)
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "wJalr/XUtn+EMI=",
    "AWS_REGION": "eu-west-1",
}
SESSION = "IQoJb3/JpZ2lu+X2Vj=="


@pytest.fixture(params=[SESSION, None], ids=["of a role", "of a user"])
def session(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str | None:
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)
    if request.param:
        monkeypatch.setenv("AWS_SESSION_TOKEN", request.param)
    monkeypatch.setattr(iam_tokens, "datetime", type("Now", (datetime,), {"now": lambda _: NOW}))
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda: NOW.replace(tzinfo=None))
    return str(request.param) if request.param else None


def told(token: str) -> tuple[str, dict[str, str]]:
    """The token's host, and its members."""
    address = urlsplit(f"https://{token}")
    members = parse_qsl(address.query, strict_parsing=True)
    assert len(members) == len(dict(members))
    return f"{address.netloc}{address.path}", dict(members)


def test_the_token_of_a_database_is_boto3s(session: str | None) -> None:
    theirs = boto3.client(
        "rds",
        region_name="eu-west-1",
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        aws_session_token=session,
    ).generate_db_auth_token(DBHostname="db.example", Port=5432, DBUsername="functions")

    assert told(iam_tokens.database_token("db.example", 5432, "functions")) == told(theirs)


def test_the_token_of_a_cache_is_what_botocore_signs(session: str | None) -> None:
    request = AWSRequest("GET", "http://rideflow-prod-redis/?Action=connect&User=functions")
    signing = Credentials(CREDENTIALS["AWS_ACCESS_KEY_ID"], CREDENTIALS["AWS_SECRET_ACCESS_KEY"], session)
    SigV4QueryAuth(signing, "elasticache", "eu-west-1", expires=900).add_auth(request)

    ours = told(iam_tokens.cache_token("rideflow-prod-redis", "functions"))
    assert ours == told(str(request.url).removeprefix("http://"))


@pytest.mark.usefixtures("session")
@pytest.mark.parametrize(
    "other",
    [
        lambda: iam_tokens.database_token("db.example", 5433, "functions"),
        lambda: iam_tokens.database_token("db.example", 5432, "postgres"),
        lambda: iam_tokens.database_token("other.example", 5432, "functions"),
    ],
)
def test_a_token_is_for_one_user_of_one_server(other: Callable[[], str]) -> None:
    def signature(token: str) -> str:
        return told(token)[1]["X-Amz-Signature"]

    assert signature(other()) != signature(iam_tokens.database_token("db.example", 5432, "functions"))
