"""Timestamps and dates that apps send, in the formats of RFC 3339."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Annotated

from pydantic import AwareDatetime, BeforeValidator, Field
from pydantic_core import PydanticCustomError

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIMESTAMP = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)


def _timestamp(sent: object) -> object:
    """Refuse formats that pydantic accepts and RFC 3339 does not have: Unix seconds, a space for the T, no seconds."""
    if not isinstance(sent, str):
        return sent
    if not _TIMESTAMP.fullmatch(sent):
        raise PydanticCustomError("rfc_3339", "Write date, time and offset, such as 2026-10-01T18:00:00Z")
    try:
        return datetime.fromisoformat(sent.upper()).astimezone(UTC)
    except (ValueError, OverflowError) as error:  # the first and the last day of the calendar, in other time zones
        raise PydanticCustomError("rfc_3339", "This date or time does not exist") from error


Timestamp = Annotated[
    AwareDatetime,
    BeforeValidator(_timestamp),
    Field(description="RFC 3339, with its offset", examples=["2026-10-01T18:00:00Z"]),
]
"""A point in time; its offset is required, and the value is in UTC."""


def _date(sent: object) -> object:
    """Refuse Unix seconds in a text, which pydantic accepts if they are a multiple of a day."""
    if not isinstance(sent, str):
        return sent
    if not _DATE.fullmatch(sent):
        raise PydanticCustomError("rfc_3339", "Write year, month and day, such as 2026-10-01")
    try:
        return date.fromisoformat(sent)
    except ValueError as error:
        raise PydanticCustomError("rfc_3339", "This day does not exist") from error


CalendarDate = Annotated[date, BeforeValidator(_date)]
"""A date without a time."""
