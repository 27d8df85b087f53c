"""Another function of ours, invoked by name. Its caller waits for the end.

For data that may lie nowhere between two functions: AWS keeps a message of a queue, an event and the input of a state
machine; it does not keep the payload of a synchronous invocation.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from pydantic import BaseModel

from rideflow.kernel.errors import UnavailableError

LONGEST_S = 12
"""The longest wait for the answer: an invoked function has 10 s, and its cold start comes on top."""


class InvokedFunctionError(UnavailableError):
    """The invoked function raised an error, or Lambda gave no answer. It is not known what the function has done."""

    code = "function_unavailable"


class Function:
    """A function that is invoked by its name; made with `kernel.consumer.step`."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __call__(self, message: BaseModel) -> None:
        """Run the function with the message, once. Raises `InvokedFunctionError`, which does not quote the message."""
        from botocore.exceptions import BotoCoreError, ClientError

        payload = message.model_dump_json().encode()
        try:
            answer = _client().invoke(FunctionName=self._name, Payload=payload)
        except (BotoCoreError, ClientError) as error:
            raise InvokedFunctionError("A part of the product does not answer; please try again.") from error
        if "FunctionError" in answer:
            raise InvokedFunctionError("A part of the product failed; please try again.")


@cache
def _client() -> Any:
    from rideflow.kernel import aws

    return aws.client("lambda", read_s=LONGEST_S, tries=1)
