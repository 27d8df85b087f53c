"""Cursors of pages that are read by key, not by offset: new rows shift nothing, and a far page costs as a near one."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from uuid import UUID

from rideflow.kernel.errors import InvalidInputError


class CursorInvalidError(InvalidInputError):
    """Not a cursor that a page gave."""

    code = "cursor_invalid"


def cursor_of(last: UUID | int) -> str:
    """The cursor of the page after this key."""
    key = last.bytes if isinstance(last, UUID) else last.to_bytes(8)
    return urlsafe_b64encode(key).decode().rstrip("=")


def read_cursor(cursor: str) -> UUID:
    """The id in the cursor. Raises `CursorInvalidError`."""
    return UUID(bytes=_key(cursor, 16))


def read_number(cursor: str) -> int:
    """The number in the cursor, which PostgreSQL's `bigint` takes. Raises `CursorInvalidError`."""
    number = int.from_bytes(_key(cursor, 8), signed=True)
    if number < 0:
        raise _invalid()
    return number


def _key(cursor: str, length: int) -> bytes:
    try:
        key = urlsafe_b64decode(cursor.encode("ascii") + b"==")
    except ValueError:
        key = b""
    if len(key) != length:
        raise _invalid()
    return key


def _invalid() -> CursorInvalidError:
    return CursorInvalidError("Use the cursor of the page before.", field="cursor")
