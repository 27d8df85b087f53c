"""Errors of the operators' channel."""

from __future__ import annotations

from typing import TypedDict

from rideflow.kernel.errors import NotFoundError, RateLimitedError


class UnknownMarketError(NotFoundError):
    """No market of this name is deployed. `markets` are those that are."""

    code = "unknown_market"

    class Members(TypedDict):
        markets: list[str]


class TooManyWatchersError(RateLimitedError):
    """As many connections watch the market as may at a time."""

    code = "too_many_watchers"
