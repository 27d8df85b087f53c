"""Texts of the documents, taken from the docstrings of handlers, use cases and contexts."""

from __future__ import annotations

import re
from importlib import import_module

from tools.contracts import refusals
from tools.contracts.operations import Operation

_ROUTE = re.compile(r"`?(?:GET|POST|PUT|PATCH|DELETE) [^`:]*`?: |WebSocket `[^`]+`: ")
_FACTS = re.compile(r"\n\s*\n(?=\w+: [a-z])")
"""The facts from `Needs: database` on are for deployment and are left out of the documents."""


def summary(operation: Operation) -> str:
    """The first sentence of the handler's file, without its route."""
    return _sentences(operation)[0].rstrip(".")


def description(operation: Operation) -> str:
    """The rest of the file's docstring, and the handler's own."""
    own = import_module(f"functions.{operation.context}.{operation.name}")
    handler = getattr(own, refusals.handler(operation).name.rpartition(".")[2])
    rest = " ".join(_sentences(operation)[1:])
    told = "\n\n".join(part for part in (rest, _paragraphs(handler.__doc__)) if part)
    return told or f"{summary(operation)}."


def of_context(context: str) -> str:
    """The docstring of a context's package, without the context's name."""
    text = _paragraphs(import_module(f"rideflow.{context}").__doc__).split("\n\n")[0]
    return _capitalised(text.partition(": ")[2] or text)


def _sentences(operation: Operation) -> list[str]:
    module = import_module(f"functions.{operation.context}.{operation.name}")
    text = _FACTS.split(module.__doc__ or "")[0]
    told = _ROUTE.sub("", " ".join(text.split()), count=1)
    return [_capitalised(each) for each in re.split(r"(?<=[.!?]) (?=[A-Z`])", told)]


def _paragraphs(text: str | None) -> str:
    """The docstring with each paragraph on a line of its own."""
    return "\n\n".join(" ".join(each.split()) for each in re.split(r"\n\s*\n", (text or "").strip()))


def _capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]
