"""The tests' own check of answers can fail."""

import pytest

from functions.realtime import ping
from functions.trips import request_trip
from rideflow.kernel.problems import problem
from tests.functions import contract


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (418, problem(409, "conflict", "")),
        (409, problem(409, "quote_expired", "") | {"code": "tired"}),
        (409, problem(409, "quote_expired", "", mood="tired")),
        (409, problem(409, "active_trip_exists", "", trip_id=7)),
        (202, {"id": "no trip"}),
    ],
    ids=["status", "code", "member", "type", "view"],
)
def test_an_answer_that_the_contract_does_not_list_is_noticed(status: int, body: dict[str, object]) -> None:
    with pytest.raises(AssertionError, match="request_trip"):
        contract.hold(request_trip.app, status, body)


def test_a_frame_that_the_contract_does_not_know_is_noticed() -> None:
    frame = {"type": "pong", "id": "x", "at": "2026-01-01T00:00:00Z", "data": {"status": "tired"}}

    with pytest.raises(AssertionError, match="tired"):
        contract.hold(ping.app, 200, frame)
