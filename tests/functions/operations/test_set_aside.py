"""Operations on events that the bus does not accept: listing and redriving."""

import json
from typing import Any
from uuid import UUID, uuid4

import pytest

from functions.kernel import sweep_outbox
from functions.operations import list_set_aside, redrive_event
from rideflow.kernel.access import Caller
from tests.functions.cloud import Cloud
from tests.functions.kernel.test_sweepers import example
from tests.functions.lambda_events import Answer, LambdaContext, answer, rest_event, signed_in

ERROR = "MalformedDetail: Detail is malformed."


def set_aside(cloud: Cloud, *, ago: str = "1 hour") -> UUID:
    event_id = uuid4()
    cloud.rows(
        "insert into outbox (id, source, type, detail, created_at, due_at, attempts, last_error, set_aside_at)"
        " select %s, 'rideflow.kitchen', 'Boiled', '{\"n\": 1}', at, at, 8, %s, at"
        " from (select now() - %s::interval as at) as committed",
        *(event_id, ERROR, ago),
    )
    return event_id


def listed(operator: Caller, **query: str) -> Answer:
    return answer(list_set_aside.app, rest_event("GET", "/v1/outbox", None, operator, query=query))


def redriven(operator: Caller, event_id: object) -> Answer:
    path, parameters = f"/v1/outbox/{event_id}/redrive", {"event_id": str(event_id)}
    return answer(redrive_event.app, rest_event("POST", path, None, operator, path_parameters=parameters))


def swept(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """The sweep's metrics."""
    capsys.readouterr()
    sweep_outbox.app(example("sweep_outbox"), LambdaContext())
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "OutboxSetAside" in line]
    return [{"OutboxSetAside": line["OutboxSetAside"], "service": line["service"]} for line in lines]


def test_an_operator_sees_events_that_were_set_aside_and_the_reasons(cloud: Cloud) -> None:
    newer, older = set_aside(cloud), set_aside(cloud, ago="2 hours")

    events = listed(signed_in("operator")).body["set_aside"]

    assert [event["event_id"] for event in events] == [str(older), str(newer)]
    assert {key: events[0][key] for key in ("source", "type", "attempts", "last_error", "size_bytes")} == {
        "source": "rideflow.kitchen",
        "type": "Boiled",
        "attempts": 8,
        "last_error": ERROR,
        "size_bytes": 8,
    }
    assert len(listed(signed_in("operator"), limit="1").body["set_aside"]) == 1


def test_an_event_is_sent_once_more_when_an_operator_says_so_and_that_is_audited(cloud: Cloud) -> None:
    operator, event_id, other = signed_in("operator"), set_aside(cloud), set_aside(cloud)
    sweep_outbox.app(example("sweep_outbox"), LambdaContext())
    assert cloud.published() == []

    answers = [redriven(operator, event_id) for _ in range(2)]  # a repeat succeeds

    assert [(each.status, each.body) for each in answers] == [(200, {"event_id": str(event_id), "state": "due"})] * 2
    assert [event["event_id"] for event in listed(operator).body["set_aside"]] == [str(other)]
    assert cloud.rows("select attempts from outbox where id = %s", event_id) == [{"attempts": 0}]
    cloud.rows("update outbox set due_at = due_at - interval '1 minute'")
    sweep_outbox.app(example("sweep_outbox"), LambdaContext())
    assert [event["detail"] for event in cloud.published()] == [{"n": 1}]
    actions = cloud.rows("select operator_id, action, outcome, details from operator_actions order by id")
    assert (actions[0]["operator_id"], actions[0]["action"], actions[0]["outcome"]) == (
        operator.id, "redrive_event", "done",
    )  # fmt: skip
    assert actions[0]["details"] == {"event_id": str(event_id), "source": "rideflow.kitchen", "type": "Boiled"}


def test_an_event_that_is_not_there_cannot_be_sent(cloud: Cloud) -> None:
    refused = redriven(signed_in("operator"), uuid4())

    assert (refused.status, refused.code) == (404, "event_not_found")
    assert redriven(signed_in("operator"), "1001").status == 422
    assert cloud.rows("select from operator_actions") == []


def test_each_sweep_says_how_many_events_wait_for_an_operator(cloud: Cloud, capsys: pytest.CaptureFixture[str]) -> None:
    """The alarm on it ends when the last of them is gone."""
    assert swept(capsys) == [{"OutboxSetAside": [0], "service": "rideflow"}]
    for _ in range(2):
        set_aside(cloud)

    assert swept(capsys) == [{"OutboxSetAside": [2], "service": "rideflow"}]


def test_an_event_is_not_sent_once_more_if_that_cannot_be_audited(cloud: Cloud) -> None:
    operator, event_id = signed_in("operator"), set_aside(cloud)
    cloud.rows("alter table operator_actions add constraint full_disk check (false)")

    assert redriven(operator, event_id).status == 500

    assert [event["event_id"] for event in listed(operator).body["set_aside"]] == [str(event_id)]
