"""Checks a REST request against its rate limit before the operation runs."""

from __future__ import annotations

import json
import os
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from rideflow.kernel.clock import Clock, utc_now
from rideflow.kernel.errors import RateLimitedError
from rideflow.kernel.limits import PER_ADDRESS, Bucket, Limit, limit_of_person
from rideflow.kernel.problems import CONTENT_TYPE, problem_of

type Event = Mapping[str, Any]
type Response = dict[str, Any]
type Take = Callable[[], Bucket]

_MOST_REMEMBERED = 10_000


def rate_limited(event: Event, operate: Callable[[], Response]) -> Response:
    """The operation's response, or 429 with the problem `rate_limited`; both have the headers of the limit.

    While the store of limits does not answer, no request is refused.
    """
    operation = f"{event['httpMethod']} {event.get('resource')}"
    found = _limit(event, operation)
    if found is None:
        return operate()
    caller, take = found
    bucket = _still_empty(caller, operation) or _taken(take)
    if bucket is None:
        return operate()
    if not bucket.is_granted:
        _remember(caller, operation, bucket)
        return _with_headers(_refused(bucket.refusal()), bucket, operation)
    return _with_headers(operate(), bucket, operation)


def _limit(event: Event, operation: str) -> tuple[str, Take] | None:
    """The caller, and a function that takes from their bucket; None if no limit applies, or it has no store."""
    context = event["requestContext"]
    person_id = (context.get("authorizer") or {}).get("person_id")
    if person_id is not None:
        limit = limit_of_person(operation)
        return (person_id, _of_person(person_id, operation, limit)) if limit.in_memory or _has_store() else None
    if operation not in PER_ADDRESS or "GUARDS_TABLE" not in os.environ:
        return None
    from rideflow.kernel.buckets import network_of
    from rideflow.kernel.settings import GuardsSettings

    limit = PER_ADDRESS[operation].times(GuardsSettings.from_environment().address_factor)
    network = network_of((context.get("identity") or {}).get("sourceIp", ""))
    return network, _in_dynamodb(network, operation, limit)


def _has_store() -> bool:
    return "DATABASE_HOST" in os.environ or "GUARDS_TABLE" in os.environ


def _of_person(person_id: str, operation: str, limit: Limit) -> Take:
    if limit.in_memory:
        return lambda: memory().take(person_id, operation, limit)
    if "DATABASE_HOST" not in os.environ:
        return _in_dynamodb(person_id, operation, limit)

    def take() -> Bucket:
        from rideflow.kernel.buckets import take_of_person
        from rideflow.kernel.postgres import database

        return take_of_person(database(), UUID(person_id), operation, limit)

    return take


def _in_dynamodb(caller: str, operation: str, limit: Limit) -> Take:
    def take() -> Bucket:
        from rideflow.kernel.buckets import DynamoBuckets
        from rideflow.kernel.settings import GuardsSettings

        return DynamoBuckets(GuardsSettings.from_environment().table, utc_now).take(caller, operation, limit)

    return take


class Memory:
    """Buckets in the memory of this execution environment. The least recently used is dropped first."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._full_at: OrderedDict[tuple[str, str], datetime] = OrderedDict()

    def take(self, caller: str, operation: str, limit: Limit) -> Bucket:
        now = self._clock()
        known = max(self._full_at.get((caller, operation), now), now)
        full_at = known + limit.interval
        if full_at > now + timedelta(seconds=limit.period_s):
            return Bucket(limit, now, known, is_granted=False)
        self._full_at[caller, operation] = full_at
        self._full_at.move_to_end((caller, operation))
        if len(self._full_at) > _MOST_REMEMBERED:
            self._full_at.popitem(last=False)
        return Bucket(limit, now, full_at, is_granted=True)


@cache
def memory() -> Memory:
    return Memory(utc_now)


def _taken(take: Take) -> Bucket | None:
    try:
        return take()
    except Exception:
        from rideflow.kernel.observability import logger

        logger.exception("a limit cannot be read: nobody is held to it")
        return None


@cache
def _emptied() -> dict[tuple[str, str], tuple[Bucket, float]]:
    """Empty buckets of refused callers, each with the time of the refusal by the monotonic clock.

    Until such a bucket holds a request again, this execution environment refuses its caller without asking the store.
    """
    return {}


def _remember(caller: str, operation: str, bucket: Bucket) -> None:
    if len(_emptied()) >= _MOST_REMEMBERED:
        _emptied().clear()
    _emptied()[caller, operation] = bucket, time.monotonic()


def _still_empty(caller: str, operation: str) -> Bucket | None:
    """The caller's empty bucket as it is now; None if it may hold a request."""
    known = _emptied().get((caller, operation))
    if known is None:
        return None
    bucket, since_s = known
    bucket = replace(bucket, now=bucket.now + timedelta(seconds=time.monotonic() - since_s))
    return bucket if bucket.room_at > bucket.now else None


def _refused(refusal: RateLimitedError) -> Response:
    return {
        "statusCode": 429,
        "multiValueHeaders": {"Content-Type": [CONTENT_TYPE], "Retry-After": [str(refusal.extra["retry_after_s"])]},
        "body": json.dumps(problem_of(refusal)),
        "isBase64Encoded": False,
    }


def _with_headers(response: Response, bucket: Bucket, operation: str) -> Response:
    told = {name: [value] for name, value in bucket.headers(operation).items()}
    return {**response, "multiValueHeaders": {**(response.get("multiValueHeaders") or {}), **told}}
