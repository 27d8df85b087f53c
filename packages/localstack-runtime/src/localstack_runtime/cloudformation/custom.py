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
# The properties that the function last received: an update passes them on, and the answer's data is kept apart.
GIVEN = "CustomResourceProperties"

Answer = dict[str, Any]


class Answers:
    """Outstanding answers of functions, by the secret part of the address to which they are sent."""

    def __init__(self) -> None:
        self._owed: dict[str, queue.Queue[Answer]] = {}

    def expect(self) -> tuple[str, "queue.Queue[Answer]"]:
        """A new address for an answer, and the queue that will hold the answer."""
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
        """The attributes are the `Data` of the function's answer."""
        return self._model(request, _ask(request, "Create"))

    def update(self, request: Request) -> Properties:
        """An answer with another id means that the function made another resource: the former one is deleted."""
        given = {"OldResourceProperties": _texts(request.previous[GIVEN]), PHYSICAL_ID: request.previous[PHYSICAL_ID]}
        model = self._model(request, _ask(request, "Update", **given))
        if model[PHYSICAL_ID] != request.previous[PHYSICAL_ID]:
            self.delete(request)
        return model

    def delete(self, request: Request) -> None:
        """Delete the resource with the properties of its last creation or update."""
        request.properties = request.previous[GIVEN]
        _ask(request, "Delete", **{PHYSICAL_ID: request.previous[PHYSICAL_ID]})

    @staticmethod
    def _model(request: Request, answer: Answer) -> Properties:
        return {**(answer.get("Data") or {}), PHYSICAL_ID: answer[PHYSICAL_ID], GIVEN: request.properties}


def _ask(request: Request, kind: str, **more: Any) -> Answer:
    """The function's answer. Raises if it is a failure, if the function crashes, and if no answer comes in time."""
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
    """Invoke the function. It may answer long after it returns, but not after it has failed."""
    try:
        invoke(event["ServiceToken"], event)
    except FunctionError as error:
        answers.put({"Status": "FAILED", "Reason": str(error)})
    except Exception as error:  # there is no such function, or it cannot be started
        answers.put({"Status": "FAILED", "Reason": repr(error)})


def _texts(value: Any) -> Any:
    """Numbers and booleans as text, as CloudFormation passes them on."""
    if isinstance(value, dict):
        return {name: _texts(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_texts(each) for each in value]
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str) or value is None else str(value)


TYPES: tuple[ResourceType, ...] = (CustomResource(),)


def install() -> None:
    """Serve the addresses for functions' answers."""
    ROUTER.add(f"{PATH}/<secret>", ANSWERS.receive, methods=["PUT"])
