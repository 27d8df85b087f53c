"""The entry point of a custom resource, a function that CloudFormation runs during a deployment.

    app = custom_resource(migrate, physical_id="schema")

`run` is given the seconds that it may take: Lambda's timeout must not come before CloudFormation is answered, which
would otherwise wait for an hour. Its result becomes the resource's attributes. An error fails the deployment, and is
the reason in its events. Deleting the resource does nothing. Without a `ResponseURL` in the event, as in an invocation
by hand, `run` is called and no response is sent. Protocol: AWS CloudFormation User Guide, "Custom resource response
objects".
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.request import Request, urlopen

from rideflow.kernel.observability import logger, start_invocation

type Attributes = dict[str, str]

_ANSWER_TIMEOUT_S = 20
_ANSWERS_IN_S = 30
"""Kept of the function's time for the answer, its log lines and the end of the last statement."""


def custom_resource(run: Callable[[float], Attributes], *, physical_id: str) -> Callable[[Any, Any], Attributes]:
    """The Lambda handler. The physical id never changes, so an update never replaces the resource."""

    def app(event: Any, context: Any) -> Attributes:
        start_invocation(getattr(context, "aws_request_id", ""))
        asked = event if isinstance(event, dict) and "ResponseURL" in event else None
        try:
            attributes = {} if asked and asked["RequestType"] == "Delete" else run(_left_s(context))
        except Exception as error:
            if asked is None:
                raise
            logger.exception("custom resource failed")
            _answer(asked, physical_id, {"Status": "FAILED", "Reason": f"{type(error).__name__}: {error}"[:1000]})
            return {}
        if asked is not None:
            _answer(asked, physical_id, {"Status": "SUCCESS", "Data": attributes})
        return attributes

    return app


def _left_s(context: Any) -> float:
    return float(context.get_remaining_time_in_millis()) / 1000 - _ANSWERS_IN_S


def _answer(asked: dict[str, Any], physical_id: str, outcome: dict[str, Any]) -> None:
    """Send the outcome to CloudFormation by a presigned S3 URL, which accepts no content type."""
    same = {name: asked[name] for name in ("StackId", "RequestId", "LogicalResourceId")}
    body = json.dumps({**same, "PhysicalResourceId": physical_id, **outcome}).encode()
    request = Request(asked["ResponseURL"], body, {"Content-Type": ""}, method="PUT")  # noqa: S310 - CloudFormation's
    with urlopen(request, timeout=_ANSWER_TIMEOUT_S):  # noqa: S310 - CloudFormation's own address
        pass
