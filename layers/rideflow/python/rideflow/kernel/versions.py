"""The end of versions: deprecated operations, and app versions that are too old to be served."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypedDict

from rideflow.kernel.errors import InvalidInputError, UpgradeRequiredError

LEAST_VERSIONS: dict[str, str] = {"rider": "1.0.0", "driver": "1.0.0"}
"""The oldest version of each app that is served. Apps that are not listed are served. Raising one locks phones out."""

HEADER = "app-version"
"""The header `<app>/<major>.<minor>.<patch>`. A client without it is served, such as a script or a browser."""
QUERY = "app_version"
"""The query parameter with the same value, for a WebSocket's handshake: a browser cannot set its headers."""

_TOLD = re.compile(r"([a-z][a-z0-9-]{0,39})/([0-9]{1,6})\.([0-9]{1,6})\.([0-9]{1,6})")


class AppTooOldError(UpgradeRequiredError):
    """The app's version is no longer served; `least_version` is the oldest that is."""

    code = "app_too_old"

    class Members(TypedDict):
        """The oldest version that is served."""

        least_version: str


@dataclass(frozen=True, slots=True)
class Deprecation:
    """The deprecation of an operation: its date, the date when the operation stops working, and a page about it."""

    deprecated_at: datetime
    sunset_at: datetime | None = None
    documentation: str | None = None

    def headers(self) -> dict[str, list[str]]:
        """The headers `Deprecation` (RFC 9745), `Sunset` (RFC 8594), and `Link` to the page."""
        told = {"Deprecation": [f"@{int(self.deprecated_at.timestamp())}"]}
        if self.sunset_at is not None:
            from email.utils import format_datetime

            told["Sunset"] = [format_datetime(self.sunset_at, usegmt=True)]
        if self.documentation is not None:
            kinds = ["deprecation"] if self.sunset_at is None else ["deprecation", "sunset"]
            told["Link"] = [f'<{self.documentation}>; rel="{kind}"; type="text/html"' for kind in kinds]
        return told


def check_app_version(event: Mapping[str, Any]) -> None:
    """Check the app's version in the event. Raises `AppTooOldError`, or `InvalidInputError` if it is malformed."""
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
