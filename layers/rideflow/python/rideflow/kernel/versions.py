"""How versions age in the open: operations that will go, and app versions that are too old to be served."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypedDict

from rideflow.kernel.errors import InvalidInputError, UpgradeRequiredError

LEAST_VERSIONS: dict[str, str] = {"rider": "1.0.0", "driver": "1.0.0"}
"""The oldest version of each app that is served; apps that are not listed are. Raising one locks phones out."""

HEADER = "app-version"
"""`<app>/<major>.<minor>.<patch>`. An app that does not say its version is served: so are scripts and browsers."""
QUERY = "app_version"
"""The same on a WebSocket's handshake, whose headers a browser cannot set."""

_TOLD = re.compile(r"([a-z][a-z0-9-]{0,39})/([0-9]{1,6})\.([0-9]{1,6})\.([0-9]{1,6})")


class AppTooOldError(UpgradeRequiredError):
    """The app's version is no longer served; `least_version` is."""

    code = "app_too_old"

    class Members(TypedDict):
        """The oldest version that is served."""

        least_version: str


@dataclass(frozen=True, slots=True)
class Deprecation:
    """An operation that will go: since when it is not to be used, when it stops working, where that is explained."""

    deprecated_at: datetime
    sunset_at: datetime | None = None
    documentation: str | None = None

    def headers(self) -> dict[str, list[str]]:
        """`Deprecation` (RFC 9745), `Sunset` (RFC 8594), and links to what they mean."""
        told = {"Deprecation": [f"@{int(self.deprecated_at.timestamp())}"]}
        if self.sunset_at is not None:
            from email.utils import format_datetime

            told["Sunset"] = [format_datetime(self.sunset_at, usegmt=True)]
        if self.documentation is not None:
            kinds = ["deprecation"] if self.sunset_at is None else ["deprecation", "sunset"]
            told["Link"] = [f'<{self.documentation}>; rel="{kind}"; type="text/html"' for kind in kinds]
        return told


def check_app_version(event: Mapping[str, Any]) -> None:
    """What API Gateway's event tells of the app. Raises `AppTooOldError`, `InvalidInputError` if it cannot be read."""
    told = _told(event)
    if told is None:
        return
    match = _TOLD.fullmatch(told.strip())
    if match is None:
        raise InvalidInputError("Send the version as <app>/<major>.<minor>.<patch>.", field="App-Version")
    app, least = match[1], LEAST_VERSIONS.get(match[1])
    if least is not None and tuple(map(int, match.groups()[1:])) < _parts(least):
        raise AppTooOldError(f"Please update the app: {app} {least} is the oldest that works.", least_version=least)


def _told(event: Mapping[str, Any]) -> str | None:
    for name, value in (event.get("headers") or {}).items():
        if name.lower() == HEADER:
            return str(value)
    query = event.get("queryStringParameters") or {}
    return query.get(QUERY) if event["requestContext"].get("eventType") == "CONNECT" else None


def _parts(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))
