"""The domain that a stage's owner sets in `cdk.json`: the addresses below it, and who vouches for it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

_NAME = re.compile(r"(?=.{1,240}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")
_CERTIFICATE = re.compile(r"arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate/[\w-]+")
_CLOUDFRONTS = re.compile(r"arn:aws[a-z-]*:acm:us-east-1:\d{12}:certificate/[\w-]+")
_ZONE = re.compile(r"Z[A-Z0-9]{1,31}")
_SETTINGS = {
    "name": (_NAME, "a domain name in lower case, such as rides.example.com"),
    "certificate_arn": (_CERTIFICATE, "the ARN of a certificate of ACM"),
    "console_certificate_arn": (_CLOUDFRONTS, "the ARN of a certificate of ACM in us-east-1, where CloudFront looks"),
    "hosted_zone_id": (_ZONE, "the id of a hosted zone of Route 53, such as Z0123456789ABC"),
}


class DomainSettingError(ValueError):
    """The setting is no domain that can be deployed."""


@dataclass(frozen=True)
class Domain:
    """The REST API is at `api.<name>`, the WebSocket API at `ws.<name>`, the web console at `console.<name>`."""

    name: str
    certificate_arn: str | None = None
    """A certificate for both APIs, in the stage's region. None: one is made, and the hosted zone proves it."""
    console_certificate_arn: str | None = None
    """One for the console, in us-east-1. None: the console keeps CloudFront's address; a stack makes no certificate
    in another region than its own."""
    hosted_zone_id: str | None = None
    """The zone that gets the records. None: the owner makes them from the stack's outputs."""

    @property
    def rest(self) -> str:
        return f"api.{self.name}"

    @property
    def websocket(self) -> str:
        return f"ws.{self.name}"

    @property
    def console(self) -> str | None:
        return f"console.{self.name}" if self.console_certificate_arn else None

    @classmethod
    def parse(cls, told: Any) -> Domain:
        """Read the value of `cdk.json`. Raises `DomainSettingError`."""
        if not isinstance(told, dict) or "name" not in told:
            raise DomainSettingError('is an object with a name, as {"name": "rides.example.com"}')
        if unknown := told.keys() - _SETTINGS:
            raise DomainSettingError(f"has no {', '.join(sorted(unknown))}; it can have: {', '.join(_SETTINGS)}")
        for setting, value in told.items():
            pattern, meaning = _SETTINGS[setting]
            if not isinstance(value, str) or not pattern.fullmatch(value):
                raise DomainSettingError(f"has a {setting} that is not {meaning}: {value!r}")
        if not told.keys() & {"certificate_arn", "hosted_zone_id"}:
            raise DomainSettingError("needs a certificate_arn, or a hosted_zone_id that proves a new certificate")
        return cls(**told)
