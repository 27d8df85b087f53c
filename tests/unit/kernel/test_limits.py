from datetime import UTC, datetime, timedelta

import pytest

from rideflow.kernel.buckets import network_of
from rideflow.kernel.errors import RateLimitedError
from rideflow.kernel.flood import BURST, PER_S, ConnectionBuckets
from rideflow.kernel.limits import PER_ADDRESS, PER_PERSON, READS, WRITES, Bucket, Limit, limit_of_person

NOW = datetime(2026, 10, 1, 18, 0, tzinfo=UTC)
SIX_A_MINUTE = Limit(6, 60)


@pytest.mark.parametrize(
    ("full_in_s", "remaining", "wait_s"), [(0, 6, 1), (10, 5, 1), (50, 1, 1), (55, 0, 5), (60, 0, 10), (-30, 6, 1)]
)
def test_remaining_requests_and_wait_follow_from_the_moment_at_which_the_bucket_is_full(
    full_in_s: float, remaining: int, wait_s: int
) -> None:
    bucket = Bucket(SIX_A_MINUTE, NOW, NOW + timedelta(seconds=full_in_s), is_granted=True)

    assert (bucket.remaining, bucket.wait_s) == (remaining, wait_s)


def test_the_headers_tell_the_policy_and_what_is_left_of_it() -> None:
    some = Bucket(SIX_A_MINUTE, NOW, NOW + timedelta(seconds=20), is_granted=True)
    none = Bucket(SIX_A_MINUTE, NOW, NOW + timedelta(seconds=57), is_granted=False)

    assert some.headers("GET /v1/things") == {
        "RateLimit-Policy": '"GET /v1/things";q=6;w=60',
        "RateLimit": '"GET /v1/things";r=4;t=20',
    }
    assert none.headers("GET /v1/things")["RateLimit"] == '"GET /v1/things";r=0;t=7'


def test_no_limit_comes_near_the_requests_of_an_honest_app() -> None:
    """No limit affects an honest caller: a phone that repeats a request every second still passes."""
    for limit in (READS, WRITES, *PER_PERSON.values(), *PER_ADDRESS.values()):
        assert limit.burst >= 20
    for operation in ("POST /v1/trips/{trip_id}/complete", "POST /v1/trips/{trip_id}/cancel"):
        assert limit_of_person(operation).interval <= timedelta(seconds=1)


@pytest.mark.parametrize(
    ("operation", "in_memory"),
    [
        ("GET /v1/trips/{trip_id}", True),
        ("POST /v1/trips/{trip_id}/start", True),
        ("POST /v1/trips/{trip_id}/cancel", False),
        ("PUT /v1/riders/me", False),
        ("POST /v1/quotes", False),
    ],
)
def test_a_store_counts_writes_that_may_succeed_as_often_as_they_are_sent(operation: str, in_memory: bool) -> None:
    assert limit_of_person(operation).in_memory is in_memory


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("", "unknown"),
        ("203.0.113.7, 10.0.0.1", "unknown"),
    ],
)
def test_addresses_count_by_household(address: str, network: str) -> None:
    assert network_of(address) == network


class Stopwatch:
    seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


def test_a_connection_may_send_a_burst_and_then_at_its_rate() -> None:
    stopwatch = Stopwatch()
    connections = ConnectionBuckets(stopwatch)
    for _ in range(BURST):
        connections.take("phone")

    with pytest.raises(RateLimitedError) as refusal:
        connections.take("phone")
    assert refusal.value.extra == {"retry_after_s": 1}
    connections.take("tablet")

    stopwatch.seconds += 10 / PER_S
    for _ in range(10):
        connections.take("phone")
    with pytest.raises(RateLimitedError):
        connections.take("phone")


def test_a_refused_message_does_not_lengthen_the_wait() -> None:
    stopwatch = Stopwatch()
    connections = ConnectionBuckets(stopwatch)
    for _ in range(BURST):
        connections.take("phone")
    for _ in range(1_000):
        with pytest.raises(RateLimitedError):
            connections.take("phone")

    stopwatch.seconds += 1 / PER_S + 0.001
    connections.take("phone")


def test_the_memory_of_connections_is_bounded() -> None:
    connections = ConnectionBuckets()
    for number in range(10_500):
        connections.take(str(number))

    assert len(connections._full_at) == 10_000
