"""JSON that the product writes and reads itself, by pydantic's serializer: it takes a third of the time of Python's.

It refuses texts that are not Unicode. So problems, which may repeat what an app sent, are written by Python's
serializer; what apps send is read by `strict_json`.
"""

from __future__ import annotations

from typing import Any

from pydantic_core import from_json, to_json

__all__ = ["from_json", "json_bytes", "json_text"]


def json_bytes(value: Any) -> bytes:
    """The value as compact JSON in UTF-8. Models are written as their fields.

    NaN is written as such, which PostgreSQL refuses; in a model it becomes null. Raises `ValueError` for what is no
    JSON: text that is not Unicode, objects of other classes.
    """
    return to_json(value, by_alias=False, inf_nan_mode="constants")


def json_text(value: Any) -> str:
    """`json_bytes` as text."""
    return json_bytes(value).decode()
