"""Requests to Stripe under a key that may be rotated at any moment. Importing it imports Stripe's library."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from requests import Session
from stripe import RequestsClient

_UNAUTHORIZED = 401


class KeyRenewingClient(RequestsClient):
    """Sends a request whose key Stripe refuses once more, under the key of `renewed`, if that is another one.

    Stripe does nothing for a request that it refuses so, and keeps nothing under its idempotency key.
    """

    def __init__(self, renewed: Callable[[], str], timeout_s: tuple[float, float]) -> None:
        super().__init__(timeout=timeout_s, session=_session())
        self._renewed = renewed

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[Any, int, Mapping[str, str]]:
        answer = super().request(method, url, headers, post_data)
        if answer[1] != _UNAUTHORIZED:
            return answer
        own = dict(headers or {})
        renewed = own | {"Authorization": f"Bearer {self._renewed()}"}
        return answer if renewed == own else super().request(method, url, renewed, post_data)


def _session() -> Session:
    """A session that does not look for a proxy and a `.netrc` at every request: functions reach Stripe directly."""
    session = Session()
    session.trust_env = False
    return session
