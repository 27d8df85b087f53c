import json
from typing import Any
from uuid import UUID, uuid4

import pytest
from pydantic import ValidationError

from rideflow.kernel.consumer import batch_consumer, consumer, queue_worker, scheduled, step
from rideflow.kernel.errors import PaymentRequiredError
from rideflow.kernel.model import Message, View
from rideflow.kernel.postgres import Database, DatabaseUnavailableError
from rideflow.kernel.settings import DatabaseSettings
from tests.functions.lambda_events import LambdaContext, event_of, sqs_event


class TripEnded(Message):
    trip_id: UUID
    type: str = ""


class PaymentDeclinedError(PaymentRequiredError):
    code = "declined_in_a_test"


class Held(View):
    outcome: str


def failures(answer: Any) -> list[str]:
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def test_a_consumer_reads_its_members_of_an_event_and_the_type() -> None:
    seen: list[TripEnded] = []

    def note(ended: TripEnded) -> None:
        seen.append(ended)

    trip_id = uuid4()
    body = event_of("TripCompleted", "rideflow.trips", {"trip_id": str(trip_id), "a_field_of_next_year": 1})
    answer = consumer(note)(sqs_event(body), LambdaContext())

    assert seen == [TripEnded(trip_id=trip_id, type="TripCompleted")]
    assert failures(answer) == []


def test_a_record_that_fails_is_reported_alone_and_the_others_are_done() -> None:
    seen: list[UUID] = []
    poison = uuid4()

    def handle(ended: TripEnded) -> None:
        if ended.trip_id == poison:
            raise RuntimeError("the database is away")
        seen.append(ended.trip_id)

    good = [uuid4(), uuid4()]
    event = sqs_event(*(event_of("T", "s", {"trip_id": str(trip_id)}) for trip_id in (good[0], poison, good[1])))
    answer = consumer(handle)(event, LambdaContext())

    assert seen == good
    assert failures(answer) == [event["Records"][1]["messageId"]]


def test_when_every_record_fails_each_is_reported_and_none_raises() -> None:
    def handle(_: TripEnded) -> None:
        raise RuntimeError

    event = sqs_event(*(event_of("T", "s", {"trip_id": str(uuid4())}) for _ in range(3)))

    assert len(failures(consumer(handle)(event, LambdaContext()))) == 3


@pytest.mark.parametrize(
    ("error", "level"),
    [(RuntimeError("broken"), "ERROR"), (DatabaseUnavailableError("away"), "WARNING")],
)
def test_a_failure_is_logged_with_its_cause_and_an_outage_is_no_error(
    error: Exception, level: str, caplog: pytest.LogCaptureFixture
) -> None:
    def handle(_: TripEnded) -> None:
        raise error

    event = sqs_event(event_of("T", "s", {"trip_id": str(uuid4())}))
    assert failures(consumer(handle)(event, LambdaContext())) == [event["Records"][0]["messageId"]]

    [line] = caplog.records
    assert line.levelname == level
    assert line.exc_info is not None
    assert line.exc_info[1] is error


def test_the_log_of_an_unreadable_message_does_not_repeat_it(caplog: pytest.LogCaptureFixture) -> None:
    def handle(_: TripEnded) -> None:
        raise AssertionError

    event = sqs_event(event_of("T", "s", {"trip_id": "Ada Lovelace"}))
    assert len(failures(consumer(handle)(event, LambdaContext()))) == 1

    [line] = caplog.records
    assert line.exc_info is not None
    assert "trip_id" in str(line.exc_info[1])
    assert "Lovelace" not in str(line.exc_info[1])


@pytest.mark.parametrize(
    "body", [{}, {"detail": {}, "detail-type": "T"}, {"detail": {"trip_id": 1}, "detail-type": "T"}]
)
def test_a_message_that_cannot_be_read_is_a_failure_of_its_own(body: dict[str, Any]) -> None:
    def handle(_: TripEnded) -> None:
        raise AssertionError

    assert len(failures(consumer(handle)(sqs_event(body), LambdaContext()))) == 1


STRANGE = [
    *("[]", "null", "1", '"text"', "{}", "", "{"),
    *(f'{{"detail": {detail}, "detail-type": "T"}}' for detail in ("null", "[]", "{}")),
    "[" * 100_000,
]
"""Bodies of records that are no event."""


def with_bodies(*bodies: str) -> dict[str, Any]:
    event = sqs_event(*({} for _ in bodies))
    for record, body in zip(event["Records"], bodies, strict=True):
        record["body"] = body
    return event


@pytest.mark.parametrize("strange", STRANGE, ids=range(len(STRANGE)))
@pytest.mark.parametrize("kind", ["consumer", "batch consumer", "worker"])
def test_whatever_a_record_holds_it_fails_alone(kind: str, strange: str) -> None:
    seen: list[UUID] = []
    trip_id = uuid4()
    good = json.dumps(event_of("T", "s", {"trip_id": str(trip_id)}) if kind != "worker" else {"trip_id": str(trip_id)})

    def one(ended: TripEnded) -> None:
        seen.append(ended.trip_id)

    def many(ended: list[TripEnded]) -> None:
        seen.extend(each.trip_id for each in ended)

    app = {"consumer": consumer(one), "batch consumer": batch_consumer(many), "worker": queue_worker(one)}[kind]
    event = with_bodies(good, strange, good)

    assert failures(app(event, LambdaContext())) == [event["Records"][1]["messageId"]]
    assert seen == [trip_id, trip_id]


def test_a_worker_reads_the_message_itself() -> None:
    seen: list[TripEnded] = []

    def note(ended: TripEnded) -> None:
        seen.append(ended)

    trip_id = uuid4()
    queue_worker(note)(sqs_event({"trip_id": str(trip_id)}), LambdaContext())

    assert seen == [TripEnded(trip_id=trip_id)]


def test_a_step_takes_its_model_and_answers_json() -> None:
    def hold(ended: TripEnded) -> Held:
        return Held(outcome=f"held {ended.trip_id}")

    trip_id = uuid4()

    assert step(hold)({"trip_id": str(trip_id), "more": 1}, LambdaContext()) == {"outcome": f"held {trip_id}"}


def test_a_steps_error_reaches_the_state_machine_under_its_own_name() -> None:
    def hold(_: TripEnded) -> Held:
        raise PaymentDeclinedError("declined")

    with pytest.raises(PaymentDeclinedError):
        step(hold)({"trip_id": str(uuid4())}, LambdaContext())


def test_a_step_with_a_wrong_input_fails() -> None:
    def hold(_: TripEnded) -> None: ...

    with pytest.raises(ValidationError):
        step(hold)({}, LambdaContext())


def test_a_step_may_answer_nothing() -> None:
    def hold(_: TripEnded) -> None: ...

    assert step(hold)({"trip_id": str(uuid4())}, LambdaContext()) is None


def _nothing(_: Database) -> None: ...


def test_a_scheduled_function_runs_and_fails_loudly(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a stage whose database never pauses; of one that sleeps: tests/functions/kernel/test_sweep_sleep.py."""
    for name, value in zip(DatabaseSettings.variables(), ("host", "5432", "name", "user", "trust", ""), strict=True):
        monkeypatch.setenv(name, value)
    runs: list[int] = []
    scheduled(lambda: runs.append(1), ahead=_nothing)({}, LambdaContext())
    assert runs == [1]

    def fail() -> None:
        raise RuntimeError("so that the schedule's alarm rings")

    with pytest.raises(RuntimeError):
        scheduled(fail, ahead=_nothing)({}, LambdaContext())
