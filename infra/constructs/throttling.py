"""Shares of the throttle that an account has for all of API Gateway: REST, WebSocket messages, and frames pushed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Throttle:
    """Requests a second, and how many may come at once."""

    rate: int
    burst: int


ACCOUNT = Throttle(10_000, 5_000)
"""Source: Amazon API Gateway Developer Guide, "Quotas". Some regions have a quarter of it, and it can be raised."""

WEBSOCKET = Throttle(ACCOUNT.rate // 2, ACCOUNT.burst // 2)
"""A driver's phone sends a position every four seconds: 20,000 drivers."""

CONNECT = Throttle(200, 200)
"""Handshakes, each of which invokes the authorizer and `$connect`. A connection lasts two hours at most: 20,000 drivers
and as many riders make 6 a second, and all are back 200 s after a failure that ended every connection."""

REST = Throttle(ACCOUNT.rate // 4, ACCOUNT.burst // 4)
"""For each method of the stage: API Gateway has no limit of a whole stage. What is left is for `@connections`."""
