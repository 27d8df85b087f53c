"""Strict reading of the JSON that apps send, for REST and WebSocket.

A text of digits is not a number, `true` is not 1, and a name may stand once in an object (I-JSON, RFC 7493, section
2.3): parsers disagree on which of two values counts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from pydantic_core import PydanticKnownError

from rideflow.kernel.errors import MalformedRequestError, TooLargeError

_INT = re.compile(r"-?(?:0|[1-9][0-9]*)")
_FLOAT = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")

_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")
"""The escape of NUL, but not the letters u0000 after an escaped backslash."""


def text_of(event: Mapping[str, Any], max_bytes: int) -> str:
    """The body of a Lambda event, empty if there is none.

    Raises `TooLargeError` over `max_bytes` of UTF-8, and `MalformedRequestError` for a body that is not UTF-8 text.
    """
    body: str = event.get("body") or ""
    if event.get("isBase64Encoded"):
        raise MalformedRequestError("Send JSON as text: binary data is not read.")
    try:
        size = len(body) if body.isascii() else len(body.encode())
    except UnicodeEncodeError as error:
        raise MalformedRequestError("Send JSON as UTF-8 text.") from error
    if size > max_bytes:
        raise TooLargeError(f"More than {max_bytes} bytes are not read at once.")
    return body


def check_number(text: str, kind: Any) -> None:
    """Raises `PydanticKnownError` if a query parameter of type `kind`, int or float, is not a number in JSON's syntax.

    Python accepts more, such as `1_0`, ` 1`, `+1`, `1.` and digits of other scripts. Other kinds may be any text.
    """
    if kind is int and not _INT.fullmatch(text):
        raise PydanticKnownError("int_parsing")
    if kind is float and not _FLOAT.fullmatch(text):
        raise PydanticKnownError("float_parsing")


def read_json[T](text: str, validate: Callable[..., T]) -> T:
    """Parse and validate the text by `validate`: pydantic's `validate_json`, or a model's.

    Raises pydantic's `ValidationError`, and `MalformedRequestError` for a NUL character, which PostgreSQL cannot store,
    and for a name that stands twice in an object.
    """
    if "\\u0000" in text and _NUL.search(text):
        raise MalformedRequestError("The body holds a NUL character.")
    read = validate(text, strict=True)
    try:
        _names_once.decode(text)
    except (ValueError, RecursionError) as error:  # all that pydantic took and Python's parser does not
        raise MalformedRequestError("The body is not valid JSON.") from error
    return read


def _named_once(members: list[tuple[str, Any]]) -> None:
    if len(dict(members)) < len(members):
        names = [name for name, _ in members]
        repeated = next(name for name in names if names.count(name) > 1)
        raise MalformedRequestError(f"The name {repeated[:100]!r} stands twice in one object.")


_names_once = json.JSONDecoder(object_pairs_hook=_named_once)
"""Built once: `json.loads` would build one for each text."""
