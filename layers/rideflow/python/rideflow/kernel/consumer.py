"""Entry points that no user calls: consumers of events, workers of queues, saga steps, schedules.

    def settle(trip: TripEnded) -> None: ...

    app = consumer(settle)

Messages may come twice and out of order, so the handlers are idempotent.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_args, get_type_hints

from pydantic import BaseModel

from rideflow.kernel.clock import utc_now
from rideflow.kernel.errors import UnavailableError
from rideflow.kernel.json_text import from_json
from rideflow.kernel.model import Message
from rideflow.kernel.observability import bind, logger, start_invocation
from rideflow.kernel.sweep_sleep import Ahead, rest, sleeps

type Handler = Callable[[dict[str, Any], Any], Any]


def consumer[M: Message](handle: Callable[[M], None]) -> Handler:
    """A consumer of domain events that EventBridge put on the consumer's own queue.

    The message is the event's `detail`, with `type` (the detail-type) added. Only records that fail are reported, so
    that SQS delivers them again, and in the end moves them to the dead-letter queue.
    """
    return _batch(handle, _detail)


def batch_consumer[M: Message](handle: Callable[[list[M]], None]) -> Handler:
    """A consumer that handles all events of a batch in one call: they succeed together, or are all delivered again.

    Records that are no such events are reported, and do not keep the others from being handled.
    """
    model = get_args(_argument_of(handle))[0]

    def app(event: dict[str, Any], context: Any) -> dict[str, Any]:
        start_invocation(getattr(context, "aws_request_id", ""))
        messages: list[M] = []
        unreadable: list[dict[str, str]] = []
        for record in event["Records"]:
            try:
                messages.append(model.model_validate(_detail(from_json(record["body"]))))
            except Exception:  # the body may be any JSON, of any depth, or none
                logger.exception("no event", extra={"message_id": record["messageId"]})
                unreadable.append({"itemIdentifier": record["messageId"]})
        if messages:
            handle(messages)
        return {"batchItemFailures": unreadable}

    return app


def queue_worker[M: Message](handle: Callable[[M], None]) -> Handler:
    """A worker of a queue. A message's body is the model as JSON."""
    return _batch(handle, lambda body: body)


def step[M: BaseModel](run: Callable[[M], BaseModel | None]) -> Handler:
    """A saga step: its input is the argument's model, its output the returned model.

    The state machine sees a raised error by the name of its class, which `Catch` and `Retry` match.
    """
    model = _model_of(run)

    def app(event: dict[str, Any], context: Any) -> dict[str, Any] | None:
        start_invocation(getattr(context, "aws_request_id", ""))
        if "trip_id" in event:
            bind(trip_id=event["trip_id"])
        output = run(model.model_validate(event))
        return None if output is None else output.model_dump(mode="json")

    return app


def scheduled(run: Callable[[], Any], *, ahead: Ahead | None) -> Handler:
    """A function that a schedule starts. Its result is logged.

    On a stage whose database may pause it sleeps, if `ahead` and everybody's use of the database allow it: see
    `sweep_sleep`. A function without a database has None for `ahead`, and never sleeps.
    """

    def app(_event: dict[str, Any], context: Any) -> None:
        start_invocation(getattr(context, "aws_request_id", ""))
        if ahead is not None and sleeps(run.__qualname__, ahead, utc_now()):
            return
        try:
            logger.info("scheduled run", extra={"result": run()})
        finally:
            if ahead is not None:
                rest()

    return app


def _batch[M: Message](handle: Callable[[M], None], read: Callable[[dict[str, Any]], dict[str, Any]]) -> Handler:
    model = _model_of(handle)

    def one(record: dict[str, Any]) -> None:
        start_invocation(record["messageId"])
        message = read(from_json(record["body"]))
        if "trip_id" in message:
            bind(trip_id=message["trip_id"])
        handle(model.model_validate(message))

    def app(event: dict[str, Any], _context: Any) -> dict[str, Any]:
        failed: list[dict[str, str]] = []
        for record in event["Records"]:
            try:
                one(record)
            except UnavailableError:  # it comes again, and is no fault of ours
                logger.warning("a message is put off", exc_info=True)
                failed.append({"itemIdentifier": record["messageId"]})
            except Exception:
                logger.exception("a message failed")
                failed.append({"itemIdentifier": record["messageId"]})
        return {"batchItemFailures": failed}

    return app


def _detail(body: dict[str, Any]) -> dict[str, Any]:
    """The message in an event as EventBridge delivers it."""
    return {**body["detail"], "type": body["detail-type"]}


def _model_of[M: BaseModel](function: Callable[[M], Any]) -> type[M]:
    model: type[M] = _argument_of(function)
    return model


def _argument_of(function: Callable[..., Any]) -> Any:
    """The annotation of the function's one argument."""
    return next(hint for name, hint in get_type_hints(function).items() if name != "return")
