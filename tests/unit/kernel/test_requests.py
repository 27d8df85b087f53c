"""Every request model is found and checked, also those of future contexts."""

from __future__ import annotations

import json
import pkgutil
from collections.abc import Iterator
from datetime import date, datetime
from enum import Enum
from functools import cache
from importlib import import_module
from typing import Any, Literal, TypeAliasType, get_args, get_origin

import pytest
from pydantic import AwareDatetime, BaseModel, SecretStr, ValidationError, create_model
from pydantic.fields import FieldInfo

import rideflow
from rideflow.kernel.frames import Action
from rideflow.kernel.model import Request
from tools.contracts.operations import operations

CONTAINERS = {tuple, list, frozenset, set, dict}


def requests() -> list[type[Request]]:
    for module in pkgutil.walk_packages(rideflow.__path__, "rideflow."):
        import_module(module.name)
    list(operations())
    found = {model for model in _below(Request) if model.__module__.split(".")[0] in {"rideflow", "functions"}} - {
        Action
    }
    return sorted(found, key=lambda model: f"{model.__module__}.{model.__name__}")


def _below(model: type[Request]) -> Iterator[type[Request]]:
    for subclass in model.__subclasses__():
        yield subclass
        yield from _below(subclass)


class Leaf:
    """A value that is no object: its path, and its validator."""

    def __init__(self, path: str, kind: Any, holder: type[BaseModel]) -> None:
        self.path, self.kind = path, kind
        self._holder = holder

    def read(self, value: str) -> Any:
        """The validated value. Raises `ValidationError`."""
        return self._holder.model_validate_json(f'{{"value": {value}}}', strict=True).model_dump()["value"]

    def takes(self, value: str) -> bool:
        try:
            self.read(value)
        except ValidationError:
            return False
        return True

    def shows(self, hidden: str, text: str) -> bool:
        """Whether the text is accepted with all its hidden characters; white space at both ends is stripped."""
        return self.takes(json.dumps(text)) and hidden in str(self.read(json.dumps(text)))


@cache
def leaves() -> list[Leaf]:
    found = {
        (leaf.path, str(leaf.kind)): leaf
        for model in requests()
        for leaf in _of(model, f"{model.__module__}.{model.__name__}")
    }
    return list(found.values())


def _of(model: type[BaseModel], path: str) -> Iterator[Leaf]:
    for name, field in model.model_fields.items():
        yield from _leaf(model, field, f"{path}.{name}")


def _leaf(model: type[BaseModel], field: FieldInfo, path: str) -> Iterator[Leaf]:
    annotation: Any = field.annotation
    holder = create_model("Holder", __config__=model.model_config, value=(annotation, field))
    for kind in _kinds(field.annotation):
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from _of(kind, path)
        else:
            yield Leaf(path, kind, holder)


def _kinds(annotation: Any) -> Iterator[Any]:
    if isinstance(annotation, TypeAliasType):
        yield from _kinds(annotation.__value__)
    elif annotation is type(None) or annotation is Ellipsis:
        return
    elif annotation is AwareDatetime:
        yield datetime
    elif get_origin(annotation) is Literal:
        yield Literal
    elif hasattr(annotation, "__metadata__"):
        yield from _kinds(annotation.__origin__)
    elif get_args(annotation):
        if get_origin(annotation) in CONTAINERS:
            yield get_origin(annotation)
        for inner in get_args(annotation):
            yield from _kinds(inner)
    else:
        yield annotation


def of_kind(*kinds: Any) -> pytest.MarkDecorator:
    chosen = [leaf for leaf in leaves() if leaf.kind in kinds]
    return pytest.mark.parametrize("leaf", chosen, ids=[leaf.path for leaf in chosen])


def test_there_are_models_and_values_of_every_kind() -> None:
    assert len(requests()) > 20
    assert {str, int, float, bool, datetime, date} <= {leaf.kind for leaf in leaves()}


@pytest.mark.parametrize("model", requests(), ids=lambda model: model.__name__)
def test_unknown_members_are_refused_at_every_depth(model: type[Request]) -> None:
    def models(kind: type[BaseModel]) -> Iterator[type[BaseModel]]:
        yield kind
        for field in kind.model_fields.values():
            for inner in _kinds(field.annotation):
                if isinstance(inner, type) and issubclass(inner, BaseModel):
                    yield from models(inner)

    assert {kind.__name__: kind.model_config.get("extra") for kind in models(model)} == {
        kind.__name__: "forbid" for kind in models(model)
    }


@of_kind(str, SecretStr)
def test_a_text_is_bounded_and_takes_no_character_that_cannot_be_seen(leaf: Leaf) -> None:
    assert not leaf.takes(json.dumps("a" * 100_000)), "it has no greatest length"
    for hidden in ("\x00", "\x1b", "\x7f", "\x85", "\x9f", "\u2028", "\u202e", "\u2066"):
        for text in (hidden, f"a{hidden}b", f"1{hidden}", f"a@b{hidden}.de", f"en{hidden}"):
            assert not leaf.shows(hidden, text), ascii(text)
    for other in ("1", "1.5", "true", "[]", "{}", '["a"]'):
        assert not leaf.takes(other)


@of_kind(float)
def test_a_number_is_no_text_no_boolean_and_finite(leaf: Leaf) -> None:
    for other in ('"1"', '"37.77"', "true", "NaN", "Infinity", "-Infinity", "1e400", "[1]", "{}", "1" + "0" * 5000):
        assert not leaf.takes(other), other


@of_kind(int)
def test_an_integer_is_no_float_no_text_no_boolean_and_bounded(leaf: Leaf) -> None:
    for other in ('"1"', "1.0", "1.5", "1e0", "true", "NaN", "[1]", "9" * 30, "-" + "9" * 30, "9" * 5000):
        assert not leaf.takes(other), other[:20]


@of_kind(bool)
def test_a_boolean_is_no_number_and_no_text(leaf: Leaf) -> None:
    for other in ("0", "1", "1.0", '"true"', '"yes"', '""', "[]"):
        assert not leaf.takes(other), other


@of_kind(datetime)
def test_a_moment_is_rfc_3339_with_an_offset(leaf: Leaf) -> None:
    for other in (
        "0", "1764547200", "1764547200.5", '"1764547200"', '"2026-01-01"', '"2026-01-01T10:00:00"',
        '"2026-01-01T10:00Z"', '"2026-01-01 10:00:00Z"', '"0001-01-01T00:00:00+14:00"', "true", '""',
    ):  # fmt: skip
        assert not leaf.takes(other), other


@of_kind(date)
def test_a_date_is_no_moment_and_no_number(leaf: Leaf) -> None:
    for other in ("0", "20260101", '"20260101"', '"1764547200"', '"2026-01-01T00:00:00Z"', '"2026-1-1"', "true"):
        assert not leaf.takes(other), other


@of_kind(frozenset, set)
def test_a_set_takes_no_member_twice(leaf: Leaf) -> None:
    members = [json.dumps(member) for member in ("credit", "debit", "prepaid", "economy", "comfort", "xl")]

    assert any(leaf.takes(f"[{member}]") for member in members)
    assert not any(leaf.takes(f"[{member}, {member}]") for member in members)


@of_kind(Literal, *(leaf.kind for leaf in leaves() if isinstance(leaf.kind, type) and issubclass(leaf.kind, Enum)))
def test_a_word_of_a_list_is_no_other_word(leaf: Leaf) -> None:
    for other in ('""', '" "', "0", "true", "null" if not leaf.takes("null") else "1", '"ECONOMY"', "[]"):
        assert not leaf.takes(other), other


def test_nothing_is_taken_unread() -> None:
    assert [leaf.path for leaf in leaves() if leaf.kind in {dict, Any, object}] == []
