"""Base classes of what crosses a boundary.

Validators are built at first use: an operation imports its context's models and uses one or two of them.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError


def _without_repeats(sent: Any) -> Any:
    """A list of texts as a set; anything else is left to the type."""
    if not isinstance(sent, list) or not all(isinstance(member, str) for member in sent):
        return sent
    if len(set(sent)) < len(sent):
        raise PydanticCustomError("repeated_member", "Name each of them once")
    return frozenset(sent)


NO_REPEATS = BeforeValidator(_without_repeats)
"""Metadata of a set of texts: its contract says `uniqueItems`, so a member that is sent twice is refused."""


class Request(BaseModel):
    """What an app sends. Unknown fields are refused: a misspelt field must not be silently dropped."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, str_strip_whitespace=True, allow_inf_nan=False, defer_build=True
    )


class View(BaseModel):
    """What an app is shown."""

    model_config = ConfigDict(frozen=True, from_attributes=True, defer_build=True)


class Message(BaseModel):
    """What a consumer or a saga step reads of an event: only the fields it needs (a tolerant reader)."""

    model_config = ConfigDict(extra="ignore", frozen=True, defer_build=True)


def stored[M: BaseModel](model: type[M], row: Any) -> M:
    """The model as a row has it, without what only newer code knows: a release that is rolled back reads on.

    Raises pydantic's `ValidationError`.
    """
    return model.model_validate(row, extra="ignore")


def word_of(vocabulary: str) -> Any:
    """Marks text that is a word of another context: whatever comes is passed on, the contracts list what can come.

    The vocabularies are in `tools.contracts.schemas`, which may look into every context.
    """
    return Field(json_schema_extra={"x-word-of": vocabulary})
