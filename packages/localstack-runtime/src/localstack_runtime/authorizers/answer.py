"""The answer of a Lambda authorizer, applied to a request."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .policy import MalformedPolicyError, Verdict, evaluate


class MalformedAnswerError(Exception):
    """API Gateway does not accept the authorizer's answer: the caller gets a 500."""


@dataclass(frozen=True)
class Grant:
    """An authorizer's answer, valid for every request that its policy covers."""

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
        """The policy's verdict on one method. Raises `MalformedAnswerError`."""
        try:
            return evaluate(self.policy, method_arn)
        except MalformedPolicyError as error:
            raise MalformedAnswerError(str(error)) from error

    def authorizer_context(self, latency_ms: int) -> dict[str, Any]:
        """The members of `requestContext.authorizer` for the integration."""
        return {"principalId": self.principal_id, "integrationLatency": latency_ms, **self.context}


def _text(value: Any) -> str:
    """The value as text: API Gateway passes every context value on as a string, and accepts only these types."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool | int | float):
        return json.dumps(value)
    raise MalformedAnswerError("a context value is neither string, number nor boolean")
