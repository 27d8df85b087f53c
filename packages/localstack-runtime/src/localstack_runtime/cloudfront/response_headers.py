"""The headers that a response headers policy puts on an answer."""

from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any

from .store import Config

_XSS = "X-XSS-Protection"


def apply(policy: Config, headers: MutableMapping[str, str]) -> None:
    """Change an answer's headers as the policy says; one that does not override leaves the origin's as it is."""
    for removed in (policy.get("RemoveHeadersConfig") or {}).get("Items", []):
        headers.pop(removed["Header"], None)
    for name, value, overrides in _headers(policy):
        if overrides or name not in headers:
            headers[name] = value


def _headers(policy: Config) -> Iterator[tuple[str, str, bool]]:
    security: Mapping[str, Any] = policy.get("SecurityHeadersConfig") or {}
    for part, told in security.items():
        yield (*_security(part, told), _is_true(told["Override"]))
    for custom in (policy.get("CustomHeadersConfig") or {}).get("Items", []):
        yield custom["Header"], str(custom["Value"]), _is_true(custom["Override"])


def _security(part: str, told: Mapping[str, Any]) -> tuple[str, str]:
    match part:
        case "ContentSecurityPolicy":
            return "Content-Security-Policy", told["ContentSecurityPolicy"]
        case "ContentTypeOptions":
            return "X-Content-Type-Options", "nosniff"
        case "FrameOptions":
            return "X-Frame-Options", told["FrameOption"]
        case "ReferrerPolicy":
            return "Referrer-Policy", told["ReferrerPolicy"]
        case "StrictTransportSecurity":
            return "Strict-Transport-Security", _transport(told)
        case "XSSProtection":
            mode = "; mode=block" if _is_true(told.get("ModeBlock")) else ""
            return _XSS, f"1{mode}" if _is_true(told["Protection"]) else "0"
    raise ValueError(f"unknown part of a response headers policy: {part}")


def _transport(told: Mapping[str, Any]) -> str:
    also = {"IncludeSubdomains": "includeSubDomains", "Preload": "preload"}
    parts = [f"max-age={told['AccessControlMaxAgeSec']}"]
    return "; ".join([*parts, *(text for switch, text in also.items() if _is_true(told.get(switch)))])


def _is_true(value: Any) -> bool:
    return str(value).lower() == "true"
