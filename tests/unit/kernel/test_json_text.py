"""JSON that the product writes and reads itself."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from rideflow.kernel.json_text import from_json, json_bytes, json_text
from rideflow.kernel.model import View

ID = UUID("01a22e0e-b40c-7476-8216-3278945d053f")


class Kettle(View):
    id: UUID
    boiled_at: datetime
    litres: float = 1.5


@pytest.mark.parametrize(
    "value", [None, True, 0, -7, 10**30, 0.1, 1e22, 5e-324, "", 'é\u2028\\"', [], [1, [2]], {}, {"a": {"b": None}}]
)
def test_what_is_written_is_read_as_it_was_by_either_parser(value: Any) -> None:
    text = json_text(value)

    assert from_json(text) == json.loads(text) == value
    assert json_bytes(value) == text.encode()


def test_it_is_compact_and_in_utf_8() -> None:
    assert json_text({"a": [1, 2], "b": "é"}) == '{"a":[1,2],"b":"é"}'


def test_models_are_written_as_pydantic_writes_them() -> None:
    kettle = Kettle(id=ID, boiled_at=datetime(2026, 10, 1, 18, 0, 0, 250_000, tzinfo=UTC))

    assert json.loads(json_text({"data": kettle})) == {"data": kettle.model_dump(mode="json")}


@pytest.mark.parametrize("value", ["\ud800", {"a": "\udfff"}, object()])
def test_what_is_no_json_is_an_error(value: Any) -> None:
    with pytest.raises(ValueError, match=r"serializ"):
        json_text(value)


@pytest.mark.parametrize("text", ["", "{", '"\\ud800"', "[" * 1000, "nul"])
def test_what_cannot_be_read_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        from_json(text)
