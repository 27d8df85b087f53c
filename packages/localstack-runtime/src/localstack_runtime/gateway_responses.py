"""Customised gateway responses of a REST API, applied as API Gateway does: plain substitution, no template language.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-gatewayResponse-definition.html
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

DEFAULT_TEMPLATE = '{"message":$context.error.messageString}'
JSON_TYPE = "application/json"
VARIABLE = re.compile(
    r"\$(context|stageVariables|method\.request\.(?:header|querystring|path))\.([A-Za-z0-9_][A-Za-z0-9_.-]*[A-Za-z0-9_]|\w)"
)


@dataclass(frozen=True)
class Variables:
    """The variables that a gateway response can use."""

    context: Mapping[str, Any]
    stage_variables: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    path: Mapping[str, str] = field(default_factory=dict)

    def value(self, place: str, name: str) -> str:
        """The text of a variable; empty for an unknown name."""
        if place == "context":
            return self._context_value(name)
        sources = {
            "stageVariables": self.stage_variables,
            "method.request.header": {key.lower(): text for key, text in self.headers.items()},
            "method.request.querystring": self.query,
            "method.request.path": self.path,
        }
        return sources[place].get(name.lower() if place.endswith("header") else name, "")

    def _context_value(self, name: str) -> str:
        found: Any = self.context
        for part in name.split("."):
            found = found.get(part) if isinstance(found, Mapping) else None
        if name == "error.messageString":  # the quoted form of error.message
            return json.dumps(found)
        return "" if found is None else str(found)


def render_body(templates: Mapping[str, str], accept: str, variables: Variables) -> tuple[str, str]:
    """Body and content type: the template of an accepted type, else the JSON one, else any."""
    wanted = [part.split(";")[0].strip() for part in accept.split(",")]
    content_type = next((kind for kind in wanted if kind in templates), JSON_TYPE)
    if content_type not in templates and templates:
        content_type = next(iter(templates))
    template = templates.get(content_type, DEFAULT_TEMPLATE)
    return VARIABLE.sub(lambda match: variables.value(match[1], match[2]), template), content_type


def render_headers(parameters: Mapping[str, str], variables: Variables) -> dict[str, str]:
    """The headers that `gatewayresponse.header.NAME` parameters ask for: quoted text, or a variable without its `$`."""
    headers = {}
    for target, source in parameters.items():
        name = target.removeprefix("gatewayresponse.header.")
        if source.startswith("'"):
            headers[name] = source.strip("'")
        elif match := VARIABLE.fullmatch(f"${source}"):
            headers[name] = variables.value(match[1], match[2])
    return headers
