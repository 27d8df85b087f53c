"""Base classes of models that cross a boundary.

Validators are built at first use: an operation imports its context's models and uses one or two of them. Their errors
do not repeat the input, since errors are logged, and an input may be about a person.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError


def _without_repeats(sent: Any) -> Any:
    """A list of texts as a set, refused if it repeats one. Other values are left to the type."""
    if not isinstance(sent, list) or not all(isinstance(member, str) for member in sent):
        return sent
    if len(set(sent)) < len(sent):
        raise PydanticCustomError("repeated_member", "Name each of them once")
    return frozenset(sent)


NO_REPEATS = BeforeValidator(_without_repeats)
"""Metadata of a set of texts: its contract says `uniqueItems`, so a member that is sent twice is refused."""


class Request(BaseModel):
    """Base of requests that an app sends. Unknown fields are refused: a misspelt field must not be silently dropped."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, str_strip_whitespace=True, allow_inf_nan=False, defer_build=True,
        hide_input_in_errors=True,
    )  # fmt: skip


class View(BaseModel):
    """Base of views that an app receives."""

    model_config = ConfigDict(frozen=True, from_attributes=True, defer_build=True, hide_input_in_errors=True)


class Message(BaseModel):
    """Base of the messages of consumers and saga steps. They read only the fields that they need (tolerant reader)."""

    model_config = ConfigDict(extra="ignore", frozen=True, defer_build=True, hide_input_in_errors=True)


def stored[M: BaseModel](model: type[M], row: Any) -> M:
    """The model of a stored row. Unknown members are ignored: a release that is rolled back reads newer rows.

    Raises pydantic's `ValidationError`.
    """
    return model.model_validate(row, extra="ignore")


def word_of(vocabulary: str) -> Any:
    """Mark a text as a word of another context's vocabulary: any value is passed on, and the contracts list the words.

    The vocabularies are in `tools.contracts.schemas`, which may import every context.
    """
    return Field(json_schema_extra={"x-word-of": vocabulary})
