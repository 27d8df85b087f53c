"""Rate limits of callers and operations as data, and their headers.

A limit is a token bucket: it holds `burst` requests, and is full again `period_s` seconds after it was empty. Its state
is the time at which it will be full (GCRA, ITU-T I.371), so that one conditional write takes from it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from rideflow.kernel.errors import RateLimitedError


@dataclass(frozen=True, slots=True)
class Limit:
    """`burst` requests at once, and as many in each `period_s` seconds.

    `in_memory`: each execution environment counts for itself, which costs no round trip and allows a multiple.
    """

    burst: int
    period_s: int
    in_memory: bool = False
    interval: timedelta = field(init=False, repr=False, compare=False)
    """The time in which the bucket gains one request."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "interval", timedelta(seconds=self.period_s) / self.burst)

    def times(self, factor: int) -> Limit:
        return Limit(self.burst * factor, self.period_s, self.in_memory)


WRITES = Limit(600, 60)
"""The limit of a person for a write that is not listed: ten requests a second on average."""

READS = Limit(600, 60, in_memory=True)
"""The same for a read. To count it in a store would be a write, which costs more than the read."""

PER_PERSON = {
    "POST /v1/quotes": Limit(60, 60),
    "POST /v1/riders/me/cards": Limit(20, 600),
    "POST /v1/scheduled-rides": Limit(30, 60),
    # The hot path, on which no store is asked for a limit. What succeeds here is bounded by itself: a rider has one
    # trip, a driver answers what was offered, and a trip arrives, starts and completes once.
    "POST /v1/trips": Limit(600, 60, in_memory=True),
    "POST /v1/trips/{trip_id}/offer/accept": Limit(1200, 60, in_memory=True),
    "POST /v1/trips/{trip_id}/offer/decline": Limit(1200, 60, in_memory=True),
    "POST /v1/trips/{trip_id}/arrive": Limit(600, 60, in_memory=True),
    "POST /v1/trips/{trip_id}/start": Limit(600, 60, in_memory=True),
    "POST /v1/trips/{trip_id}/complete": Limit(600, 60, in_memory=True),
}

PER_ADDRESS = {
    "POST /v1/auth/register": Limit(30, 600),
    "POST /v1/auth/confirm": Limit(30, 60),
    "POST /v1/auth/login": Limit(30, 60),
    "POST /v1/auth/refresh": Limit(120, 60),
    "POST /v1/auth/logout": Limit(120, 60),
}
"""Limits of an address, for operations without a sign-in. A mobile carrier puts many people behind one address."""


def limit_of_person(operation: str) -> Limit:
    """The limit of a signed-in person for the operation, such as `GET /v1/trips`."""
    return PER_PERSON.get(operation) or (READS if operation.startswith("GET ") else WRITES)


@dataclass(frozen=True, slots=True)
class Bucket:
    """A limit's state for one caller: it is full at `full_at`; `is_granted` says whether the request may pass."""

    limit: Limit
    now: datetime
    full_at: datetime
    is_granted: bool

    @property
    def remaining(self) -> int:
        """The number of requests that would pass now."""
        missing = max(self.full_at - self.now, timedelta(0)) / self.limit.interval
        return max(0, math.floor(self.limit.burst - missing + 1e-6))

    @property
    def room_at(self) -> datetime:
        """The time at which the bucket holds a request; in the past if it holds one now."""
        return self.full_at - self.limit.interval * (self.limit.burst - 1)

    @property
    def wait_s(self) -> int:
        """Whole seconds until the bucket holds a request, at least one."""
        return max(1, math.ceil((self.room_at - self.now).total_seconds()))

    def headers(self, name: str) -> dict[str, str]:
        """The headers of draft-ietf-httpapi-ratelimit-headers-10.

        `t` is the number of seconds until the bucket is full or, if it is empty, until it holds a request.
        """
        full_s = max(0, math.ceil((self.full_at - self.now).total_seconds()))
        remaining = self.remaining
        reset_s = full_s if remaining else self.wait_s
        return {
            "RateLimit-Policy": f'"{name}";q={self.limit.burst};w={self.limit.period_s}',
            "RateLimit": f'"{name}";r={remaining};t={reset_s}',
        }

    def refusal(self) -> RateLimitedError:
        return RateLimitedError(f"Too many requests; try again in {self.wait_s} s.", retry_after_s=self.wait_s)
