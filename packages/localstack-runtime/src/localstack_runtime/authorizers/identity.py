"""The parts of a request that identify its caller, as an authorizer's identity sources name them."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

SOURCE = re.compile(r"(?:(?:method|route)\.request\.(header|querystring)|(context|stageVariables))\.(.+)")


@dataclass(frozen=True)
class RequestParts:
    """The parts of a request that identity sources read. Header names are compared without regard to case."""

    headers: Iterable[tuple[str, str]]
    query: Mapping[str, str]
    context: Mapping[str, Any] = field(default_factory=dict)
    stage_variables: Mapping[str, str] = field(default_factory=dict)

    def value(self, source: str) -> str | None:
        """The value of one identity source; None if the request has none."""
        match = SOURCE.fullmatch(source.strip())
        if not match:
            return None
        place, name = match[1] or match[2], match[3]
        if place == "header":
            return next((text for header, text in self.headers if header.lower() == name.lower()), None)
        if place == "querystring":
            return self.query.get(name)
        if place == "stageVariables":
            return self.stage_variables.get(name)
        return _descend(self.context, name)


def identity_values(sources: Iterable[str], request: RequestParts) -> tuple[str, ...] | None:
    """The value of every source; None when one is missing or empty, which makes a request unauthorized."""
    values = [request.value(source) for source in sources]
    present = tuple(value for value in values if value)
    return present if len(present) == len(values) else None


def matches_validation(expression: str | None, token: str) -> bool:
    """Whether a token looks as the authorizer's identity validation expression demands."""
    return not expression or re.fullmatch(expression, token) is not None


def _descend(context: Mapping[str, Any], path: str) -> str | None:
    found: Any = context
    for name in path.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    return None if found is None else str(found)
