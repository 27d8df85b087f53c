"""What a Lambda authorizer's answer means for a request."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .policy import MalformedPolicyError, Verdict, evaluate


class MalformedAnswerError(Exception):
    """The authorizer's answer is not what API Gateway takes: its caller gets a 500."""


@dataclass(frozen=True)
class Grant:
    """An authorizer's answer, good for as many requests as its policy speaks of."""

    principal_id: str
    policy: Mapping[str, Any]
    context: Mapping[str, str]
    usage_key: str | None

    @classmethod
    def parse(cls, answer: Any) -> "Grant":
        """Raises `MalformedAnswerError`."""
        if not isinstance(answer, Mapping) or not isinstance(answer.get("principalId"), str):
            raise MalformedAnswerError("no principalId")
        if not isinstance(answer.get("policyDocument"), Mapping):
            raise MalformedAnswerError("no policyDocument")
        context = answer.get("context") or {}
        if not isinstance(context, Mapping):
            raise MalformedAnswerError("context is no object")
        texts = {str(name): _text(value) for name, value in context.items()}
        return cls(answer["principalId"], answer["policyDocument"], texts, answer.get("usageIdentifierKey"))

    def verdict(self, method_arn: str) -> Verdict:
        """What the policy says of one method. Raises `MalformedAnswerError`."""
        try:
            return evaluate(self.policy, method_arn)
        except MalformedPolicyError as error:
            raise MalformedAnswerError(str(error)) from error

    def authorizer_context(self, latency_ms: int) -> dict[str, Any]:
        """What the integration finds under `requestContext.authorizer`."""
        return {"principalId": self.principal_id, "integrationLatency": latency_ms, **self.context}


def _text(value: Any) -> str:
    """API Gateway hands on every context value as a string, and takes no others than these."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool | int | float):
        return json.dumps(value)
    raise MalformedAnswerError("a context value is neither string, number nor boolean")
