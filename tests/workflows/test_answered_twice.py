"""The match saga's token: answered twice, by several calls at once, late, and after the saga's end."""

from concurrent.futures import Future, ThreadPoolExecutor
from threading import Barrier
from typing import Any
from uuid import UUID

import boto3
import pytest
from botocore.exceptions import ClientError

from functions.dispatch import give_up, on_driver_assigned, on_trip_ended
from rideflow.kernel.executions import answer_saga
from rideflow.trips.wiring import trips
from tests.functions.payments.money import Money
from tests.workflows.test_match_trip import HOLD, accepts, is_offered, match, patiently_open, tell

pytestmark = pytest.mark.race


@pytest.fixture(params=[pytest.param(1, id="short"), pytest.param(200, id="long", marks=pytest.mark.long)])
def rounds(request: pytest.FixtureRequest) -> range:
    return range(int(request.param))


def answered_at_once(token: str, *outcomes: str) -> None:
    """The product's answers, sent simultaneously; none of them may fail."""
    start = Barrier(len(outcomes))

    def answer(outcome: str) -> None:
        start.wait(20)
        answer_saga(token, outcome)

    with ThreadPoolExecutor(len(outcomes)) as pool:
        list(pool.map(answer, outcomes))


def is_refused(token: str) -> str:
    """The reason for which Step Functions refuses a further answer to the token."""
    with pytest.raises(ClientError) as refused:
        boto3.client("stepfunctions").send_task_success(taskToken=token, output="{}")
    return str(refused.value.response["Error"]["Code"])


class Wait:
    """The saga's step that opens the request; `meanwhile` runs as soon as the request is open."""

    def __init__(self, meanwhile: Any) -> None:
        self.tokens: list[str] = []
        self._meanwhile = meanwhile

    def __call__(self, event: dict[str, Any], context: Any) -> Any:
        output = patiently_open(event, context)
        self.tokens.append(event["task_token"])
        self._meanwhile(event["task_token"])
        return output


def test_of_several_answers_at_once_the_saga_takes_one_and_the_others_do_no_harm(money: Money, rounds: range) -> None:
    for _ in rounds:
        trip_id = money.requested()

        def accepted_and_answered(token: str, trip_id: str = trip_id) -> None:
            accepts(is_offered(money), trip_id)
            answered_at_once(token, "assigned", "superseded", "cancelled")

        wait = Wait(accepted_and_answered)
        ended = match(trip_id, instead={"OpenRequest": wait})

        # In moto the last answer before the step's end counts, on AWS the first: neither may matter to the trip.
        assert (ended.status, ended.invoked) == ("SUCCEEDED", [*HOLD, "OpenRequest"])
        assert ended.output["answer"]["outcome"] in {"assigned", "superseded", "cancelled"}
        after_the_end(money, trip_id, wait.tokens[0])


def test_whichever_answer_is_first_ends_the_wait_once(money: Money, rounds: range) -> None:
    for _ in rounds:
        trip_id = money.requested()
        wait = Wait(lambda token: answered_at_once(token, "assigned", "superseded", "cancelled", "assigned"))

        ended = match(trip_id, instead={"OpenRequest": wait})

        assert ended.status == "SUCCEEDED"
        assert ended.output["answer"]["outcome"] in {"assigned", "superseded", "cancelled"}
        assert ended.invoked.count("OpenRequest") == 1
        assert money.state(trip_id) == "matching"  # an answer changes no trip: the log decides its state
        trips().cancel(money.rider.id, UUID(trip_id), None)
        tell(on_trip_ended.app, "TripCancelled", trip_id=trip_id)
        assert is_refused(wait.tokens[0]) in {"TaskDoesNotExist", "TaskTimedOut", "InvalidToken"}


def test_an_answer_that_comes_when_the_wait_has_timed_out_changes_nothing(money: Money) -> None:
    trip_id = money.requested()
    asked: Future[UUID] = Future()
    wait = Wait(lambda _token: asked.set_result(is_offered(money)))

    def late(event: dict[str, Any], context: Any) -> Any:
        accepts(asked.result(30), trip_id)  # its events answer a token that has timed out
        answered_at_once(wait.tokens[0], "assigned", "cancelled")
        return give_up.app(event, context)

    ended = match(trip_id, patience_s=1, instead={"OpenRequest": wait, "GiveUp": late})

    assert (ended.status, ended.invoked[-1]) == ("SUCCEEDED", "GiveUp")
    after_the_end(money, trip_id, wait.tokens[0])


def after_the_end(money: Money, trip_id: str, token: str) -> None:
    """Repeated events find no waiting saga; the trip keeps its driver until the rider cancels."""
    trip = trips().get(UUID(trip_id))
    assert trip.state == "driver_assigned"
    tell(on_driver_assigned.app, "DriverAssigned", trip_id=trip_id, driver_id=trip.driver_id)
    answered_at_once(token, "assigned", "no_driver_found")
    assert is_refused(token) in {"TaskDoesNotExist", "TaskTimedOut", "InvalidToken"}
    assert trips().get(UUID(trip_id)) == trip
    trips().cancel(money.rider.id, UUID(trip_id), None)
