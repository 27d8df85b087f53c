"""Moments and days that apps send, as RFC 3339 has them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Annotated

from pydantic import AwareDatetime, BeforeValidator, Field
from pydantic_core import PydanticCustomError

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)


def _moment(sent: object) -> object:
    """pydantic reads more than RFC 3339: seconds since 1970 in a text, a space for the T, a time without seconds."""
    if not isinstance(sent, str):
        return sent
    if not _MOMENT.fullmatch(sent):
        raise PydanticCustomError("rfc_3339", "Write date, time and offset, such as 2026-10-01T18:00:00Z")
    try:
        return datetime.fromisoformat(sent.upper()).astimezone(UTC)
    except (ValueError, OverflowError) as error:  # the first and the last day of the calendar, in other time zones
        raise PydanticCustomError("rfc_3339", "This date or time does not exist") from error


Moment = Annotated[
    AwareDatetime,
    BeforeValidator(_moment),
    Field(description="RFC 3339, with its offset", examples=["2026-10-01T18:00:00Z"]),
]
"""A moment with its offset; read as UTC."""


def _day(sent: object) -> object:
    """pydantic reads seconds since 1970 in a text, too, if they end a day."""
    if not isinstance(sent, str):
        return sent
    if not _DAY.fullmatch(sent):
        raise PydanticCustomError("rfc_3339", "Write year, month and day, such as 2026-10-01")
    try:
        return date.fromisoformat(sent)
    except ValueError as error:
        raise PydanticCustomError("rfc_3339", "This day does not exist") from error


Day = Annotated[date, BeforeValidator(_day)]
"""A day of the calendar."""
