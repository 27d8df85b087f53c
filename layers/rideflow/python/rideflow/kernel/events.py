"""Domain events: facts about what happened, named in the past tense, published through the outbox."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from rideflow.kernel.ids import uuid7


class DomainEvent(BaseModel):
    """Base of every event. Its class name is EventBridge's `detail-type`, `rideflow.<context>` its `source`.

    Consumers see an event at least once and in any order: `id` tells a repeat, `at` (UTC) when it happened.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True, hide_input_in_errors=True)

    context: ClassVar[str]

    id: UUID = Field(default_factory=uuid7)
    at: datetime

    @property
    def type(self) -> str:
        return type(self).__name__

    def envelope(self) -> dict[str, Any]:
        """The outbox row: `id`, `source`, `type`, `detail` (JSON-ready)."""
        return {
            "id": str(self.id),
            "source": f"rideflow.{self.context}",
            "type": self.type,
            "detail": self.model_dump(mode="json"),
        }
