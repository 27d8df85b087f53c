"""Routes of the public API, as contexts declare them to the API stack."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class RestRoute:
    """A REST operation. `public` ones need no sign-in."""

    context: str
    operation: str
    method: str
    path: str
    public: bool = False

    @property
    def methods(self) -> tuple[str, ...]:
        """The methods that its function serves: a GET is a HEAD as well."""
        return ("GET", "HEAD") if self.method == "GET" else (self.method,)


@dataclass(frozen=True)
class WebSocketRoute:
    """A route of the WebSocket API: `$connect`, `$disconnect`, `$default` or an action."""

    context: str
    operation: str
    key: str
