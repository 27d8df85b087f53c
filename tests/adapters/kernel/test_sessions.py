from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import Mock
from uuid import UUID, uuid4

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ClientError

from rideflow.kernel import sessions as module
from rideflow.kernel.dynamodb import dynamodb
from rideflow.kernel.sessions import Ended, EndedSessions, SessionsUnavailableError
from tests.adapters.dynamodb import table

NOW = datetime(2026, 10, 1, 18, 0, tzinfo=UTC)
AT = int(NOW.timestamp())
PERSON = UUID("6f1c1c5e-2f0b-4c39-9a5e-2f6b8d6f3a01")


@pytest.fixture
def sessions(monkeypatch: pytest.MonkeyPatch) -> Iterator[EndedSessions]:
    with table(monkeypatch, "ended-sessions", "person_id", "session"):
        yield EndedSessions("ended-sessions")


def test_an_ended_session_is_known_at_once_and_for_its_person_alone(sessions: EndedSessions) -> None:
    sessions.end(PERSON, "one", NOW)
    sessions.end(PERSON, None, NOW + timedelta(seconds=5))
    sessions.end(uuid4(), "another", NOW)

    assert sorted(sessions.of(PERSON), key=lambda ended: ended.at) == [Ended("one", AT), Ended(None, AT + 5)]
    assert sessions.of(uuid4()) == []


def test_late_news_undoes_no_end_of_a_session(sessions: EndedSessions) -> None:
    for at in (NOW, NOW, NOW - timedelta(seconds=30)):
        sessions.end(PERSON, None, at)

        assert sessions.of(PERSON) == [Ended(None, AT)]


def test_it_is_forgotten_when_no_token_can_be_as_old(sessions: EndedSessions) -> None:
    sessions.end(PERSON, "one", NOW)

    [item] = boto3.client("dynamodb").scan(TableName="ended-sessions")["Items"]
    assert item["ttl"] == {"N": str(AT + 3_600 + 600)}


def test_a_session_on_the_last_page_is_ended_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """DynamoDB answers a megabyte at a time."""
    one, two = ({"session": {"S": name}, "ended_at": {"N": str(AT)}} for name in ("one", "two"))
    client = Mock(query=Mock(side_effect=[{"Items": [one], "LastEvaluatedKey": {"session": "one"}}, {"Items": [two]}]))
    monkeypatch.setattr(module, "dynamodb", lambda _within_s: client)

    assert EndedSessions("ended-sessions").of(PERSON) == [Ended("one", AT), Ended("two", AT)]
    assert client.query.call_args.kwargs["ExclusiveStartKey"] == {"session": "one"}


def test_ended_sessions_are_read_consistently(monkeypatch: pytest.MonkeyPatch) -> None:
    client = Mock(query=Mock(return_value={"Items": []}))
    monkeypatch.setattr(module, "dynamodb", lambda _within_s: client)

    assert EndedSessions("ended-sessions").of(PERSON) == []
    assert client.query.call_args.kwargs["ConsistentRead"] is True


class Refusing:
    """A DynamoDB that answers every call with this status."""

    def __init__(self, status: int, code: str) -> None:
        self._error = {"Error": {"Code": code, "Message": ""}, "ResponseMetadata": {"HTTPStatusCode": status}}

    def query(self, **_asked: Any) -> Any:
        raise ClientError(self._error, "Query")


def test_a_store_that_is_down_is_told_from_one_that_refuses(
    sessions: EndedSessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrong setting must not let every token pass."""
    monkeypatch.setattr(module, "dynamodb", lambda _within_s: Refusing(503, "ServiceUnavailable"))
    with pytest.raises(SessionsUnavailableError):
        sessions.of(PERSON)

    for code in ("AccessDeniedException", "ResourceNotFoundException", "ThrottlingException"):
        monkeypatch.setattr(module, "dynamodb", lambda _within_s, code=code: Refusing(400, code))
        with pytest.raises(ClientError):
            sessions.of(PERSON)


def test_a_store_that_cannot_be_reached_is_down(
    sessions: EndedSessions, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    dynamodb.cache_clear()
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:1")
    with pytest.raises(SessionsUnavailableError):
        sessions.of(PERSON)


@pytest.mark.parametrize(("failures", "asked"), [(1, 2), (2, 2)])
def test_a_store_that_fails_is_asked_once_more(
    sessions: EndedSessions, monkeypatch: pytest.MonkeyPatch, failures: int, asked: int
) -> None:
    """Every request waits for the answer, so more retries take too long; without one an ended session would pass."""
    sessions.end(PERSON, "one", NOW)
    client, sent = dynamodb(module._ANSWERS_WITHIN_S), list[str]()

    def fails_at_first(request: Any, **_more: Any) -> AWSResponse | None:
        sent.append(request.headers["X-Amz-Target"])
        return AWSResponse(request.url, 503, {}, Mock(stream=list)) if len(sent) <= failures else None

    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _s: None)
    client.meta.events.register_first("before-send.dynamodb.Query", fails_at_first)

    if failures < asked:
        assert sessions.of(PERSON) == [Ended("one", AT)]
    else:
        with pytest.raises(SessionsUnavailableError):
            sessions.of(PERSON)
    assert len(sent) == asked
