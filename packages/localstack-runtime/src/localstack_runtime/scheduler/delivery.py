"""One occurrence of a schedule on its way to its target: payload, retries, and dead letter.

https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

MAXIMUM_ATTEMPTS = 185
MAXIMUM_AGE_S = 86_400
FIRST_DELAY_S = 1.0
LONGEST_DELAY_S = 60.0


@dataclass(frozen=True)
class RetryPolicy:
    """Limits of a target's retries."""

    attempts: int = MAXIMUM_ATTEMPTS
    age: timedelta = timedelta(seconds=MAXIMUM_AGE_S)

    @classmethod
    def of(cls, target: Mapping[str, Any]) -> "RetryPolicy":
        """The policy of a target, with AWS's defaults."""
        policy = target.get("RetryPolicy") or {}
        return cls(
            int(policy.get("MaximumRetryAttempts", MAXIMUM_ATTEMPTS)),
            timedelta(seconds=int(policy.get("MaximumEventAgeInSeconds", MAXIMUM_AGE_S))),
        )

    def exhausted(self, retries: int, age: timedelta) -> str | None:
        """The reason for no further retry, in AWS's words; None if there is one."""
        if age >= self.age:
            return "MaximumEventAgeInSeconds"
        if retries >= self.attempts:
            return "MaximumRetryAttempts"
        return None


def delay_s(retries: int) -> float:
    """Seconds to wait before the next retry."""
    return float(min(FIRST_DELAY_S * 2**retries, LONGEST_DELAY_S))


@dataclass
class Occurrence:
    """A schedule's target, due at a time."""

    schedule_arn: str
    target: Mapping[str, Any]
    due: datetime
    retries: int = 0
    execution_id: str = field(default_factory=lambda: uuid.uuid4().hex)

    def payload(self) -> str:
        """The target's input with the context attributes filled in."""
        text = str(self.target.get("Input") or "{}")
        for name, value in {
            "schedule-arn": self.schedule_arn,
            "scheduled-time": f"{self.due:%Y-%m-%dT%H:%M:%SZ}",
            "execution-id": self.execution_id,
            "attempt-number": str(self.retries + 1),
        }.items():
            text = text.replace(f"<aws.scheduler.{name}>", value)
        return text

    def dead_letter(self, error: Exception, condition: str) -> dict[str, str]:
        """The message attributes that describe the failure in the dead-letter queue."""
        return {
            "ERROR_CODE": str(getattr(error, "response", {}).get("Error", {}).get("Code") or type(error).__name__),
            "ERROR_MESSAGE": str(error),
            "EXHAUSTED_RETRY_CONDITION": condition,
            "EXECUTION_ID": self.execution_id,
            "IS_PAYLOAD_TRUNCATED": "false",
            "RETRY_ATTEMPTS": str(self.retries),
            "SCHEDULED_TIME": f"{self.due:%Y-%m-%dT%H:%M:%SZ}",
            "SCHEDULE_ARN": self.schedule_arn,
            "TARGET_ARN": str(self.target["Arn"]),
        }
