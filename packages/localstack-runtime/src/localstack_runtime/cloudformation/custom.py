"""Custom resources: the function that a template names does the work and reports over HTTP.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref.html
"""

import json
import queue
import threading
import uuid
from dataclasses import dataclass
from typing import Any

from localstack import config
from localstack.http import Request as HttpRequest
from localstack.http import Response
from localstack.services.edge import ROUTER

from ..invocation import FunctionError, invoke
from .resource import Properties, Request, ResourceType

PATH = "/_localstack_runtime/cloudformation"
DEFAULT_TIMEOUT_S = 3600
PHYSICAL_ID = "PhysicalResourceId"
# What the function was last given: an update tells it, and the answer's data must not be mistaken for it.
GIVEN = "CustomResourceProperties"

Answer = dict[str, Any]


class Answers:
    """Answers that functions owe, by the secret part of the address they answer to."""

    def __init__(self) -> None:
        self._owed: dict[str, queue.Queue[Answer]] = {}

    def expect(self) -> tuple[str, "queue.Queue[Answer]"]:
        """An address to answer to, and where the answer will be."""
        secret, answer = uuid.uuid4().hex, queue.Queue[Answer]()
        self._owed[secret] = answer
        return f"http://127.0.0.1:{config.GATEWAY_LISTEN[0].port}{PATH}/{secret}", answer

    def receive(self, request: HttpRequest, secret: str) -> Response:
        """Take an answer; each address takes one."""
        answer = self._owed.pop(secret, None)
        if answer is None:
            return Response(status=403)
        answer.put(json.loads(request.get_data()))
        return Response(status=200)


ANSWERS = Answers()


@dataclass(frozen=True)
class CustomResource:
    """Any `Custom::…` type."""

    type_name: str = "AWS::CloudFormation::CustomResource"
    identifier: str = PHYSICAL_ID
    create_only: tuple[str, ...] = ("ServiceToken",)

    def create(self, request: Request) -> Properties:
        """What the function answers as `Data` are the attributes."""
        return self._model(request, _ask(request, "Create"))

    def update(self, request: Request) -> Properties:
        """A function that answers with another id has made another resource: the one before is deleted."""
        given = {"OldResourceProperties": _texts(request.previous[GIVEN]), PHYSICAL_ID: request.previous[PHYSICAL_ID]}
        model = self._model(request, _ask(request, "Update", **given))
        if model[PHYSICAL_ID] != request.previous[PHYSICAL_ID]:
            self.delete(request)
        return model

    def delete(self, request: Request) -> None:
        """What was made with the properties it was made with."""
        request.properties = request.previous[GIVEN]
        _ask(request, "Delete", **{PHYSICAL_ID: request.previous[PHYSICAL_ID]})

    @staticmethod
    def _model(request: Request, answer: Answer) -> Properties:
        return {**(answer.get("Data") or {}), PHYSICAL_ID: answer[PHYSICAL_ID], GIVEN: request.properties}


def _ask(request: Request, kind: str, **more: Any) -> Answer:
    """The function's answer. Raises when it says it failed, when it crashes, and when it does not answer in time."""
    address, answers = ANSWERS.expect()
    stack = request.arn("cloudformation", f"stack/{request.stack}/local")
    event = {
        "RequestType": kind,
        "ResponseURL": address,
        "StackId": stack,
        "RequestId": str(uuid.uuid4()),
        "ResourceType": request.resource_type,
        "LogicalResourceId": request.logical_id,
        "ServiceToken": request.properties["ServiceToken"],
        "ResourceProperties": _texts(request.properties),
        **more,
    }
    threading.Thread(target=_call, args=(event, answers), name="custom-resource", daemon=True).start()
    timeout_s = float(request.properties.get("ServiceTimeout") or DEFAULT_TIMEOUT_S)
    try:
        answer = answers.get(timeout=timeout_s)
    except queue.Empty:
        raise TimeoutError(f"{request.logical_id} did not answer within {timeout_s:.0f} s") from None
    if answer.get("Status") != "SUCCESS":
        raise RuntimeError(answer.get("Reason") or f"{request.logical_id} failed")
    return answer


def _call(event: Answer, answers: "queue.Queue[Answer]") -> None:
    """A function may answer long after it returns; one that fails will not answer any more."""
    try:
        invoke(event["ServiceToken"], event)
    except FunctionError as error:
        answers.put({"Status": "FAILED", "Reason": str(error)})
    except Exception as error:  # there is no such function, or it cannot be started
        answers.put({"Status": "FAILED", "Reason": repr(error)})


def _texts(value: Any) -> Any:
    """Numbers and booleans as text, which is how CloudFormation hands them on."""
    if isinstance(value, dict):
        return {name: _texts(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_texts(each) for each in value]
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str) or value is None else str(value)


TYPES: tuple[ResourceType, ...] = (CustomResource(),)


def install() -> None:
    """Take functions' answers."""
    ROUTER.add(f"{PATH}/<secret>", ANSWERS.receive, methods=["PUT"])
