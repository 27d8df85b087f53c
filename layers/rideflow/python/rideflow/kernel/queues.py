"""SQS: work for another function, at once or after a delay."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import Any

from pydantic import BaseModel

from rideflow.kernel.errors import UnavailableError

_LONGEST_DELAY = timedelta(minutes=15)
"""The longest delay of SQS."""


class QueueUnavailableError(UnavailableError):
    """SQS did not answer. It is not known whether it took the message, so messages may be sent twice."""

    code = "queue_unavailable"


class Queue:
    """One queue. Delivery is at least once and in any order."""

    def __init__(self, url: str) -> None:
        self._url = url

    def send(self, message: BaseModel, delay: timedelta = timedelta(0)) -> None:
        """Send the message. SQS delays it by whole seconds, so it arrives up to a second late, never early.

        Raises `QueueUnavailableError`.
        """
        from botocore.exceptions import BotoCoreError, ClientError

        seconds = -(-min(delay, _LONGEST_DELAY) // timedelta(seconds=1))
        try:
            _client().send_message(QueueUrl=self._url, MessageBody=message.model_dump_json(), DelaySeconds=seconds)
        except (BotoCoreError, ClientError) as error:
            raise QueueUnavailableError("The queue of what is to be done does not answer; please try again.") from error


@cache
def _client() -> Any:
    from rideflow.kernel import aws

    return aws.client("sqs")
