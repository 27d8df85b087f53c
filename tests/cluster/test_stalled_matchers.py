"""A matcher that is stopped until its lock has expired, and goes on after others have worked in its zone."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from rideflow.dispatch.messages import Tick
from rideflow.dispatch.store import PostgresOffers
from rideflow.supply.index import leases
from rideflow.supply.index.leases import LeaseIndex
from rideflow.supply.keys import ZoneKeys
from tests.adapters.dispatch.zone import Zone
from tests.adapters.supply.street import ZONE, Street
from tests.eventually import eventually

pytestmark = pytest.mark.race

_LOCK_LIVES = timedelta(milliseconds=400)
_STEPS = {"begin": LeaseIndex, "make": PostgresOffers}


@pytest.fixture
def zone(database_url: str, redis_url: str) -> Iterator[Zone]:
    street = Street(database_url, redis_url)
    zone = Zone(street)
    yield zone
    zone.close()
    street.close()


def _tick_stopped_after(step: str, database_url: str, redis_url: str, now: Any) -> None:
    """Run one tick, whose process stops itself as soon as the step was answered."""
    owner, do = _STEPS[step], getattr(_STEPS[step], step)

    def stopping(self: Any, *arguments: Any, **named: Any) -> Any:
        answer = do(self, *arguments, **named)
        os.kill(os.getpid(), signal.SIGSTOP)
        return answer

    setattr(owner, step, stopping)
    leases.LEASE_LIVES = _LOCK_LIVES
    street = Street(database_url, redis_url, now=now)
    zone = Zone(street)
    zone.here.matcher.run(Tick(zone=ZONE))
    zone.close()
    street.close()


@contextmanager
def stopped_after(step: str, zone: Zone) -> Iterator[Callable[[], None]]:
    """A stopped matcher in its own process, after its lock has expired. The yielded function lets it finish."""
    street = zone.street
    arguments = (step, street.database_url, street.redis_url, street.now)
    context = get_context("forkserver")
    context.set_forkserver_preload([__name__])
    matcher = context.Process(target=_tick_stopped_after, args=arguments, daemon=True)
    matcher.start()
    try:
        stat = Path(f"/proc/{matcher.pid}/stat")
        eventually(lambda: stat.read_text().rpartition(")")[2].split()[0] == "T")
        eventually(lambda: street.redis.get(ZoneKeys(ZONE).tick_lock) is None)
        yield lambda: _goes_on(matcher)
    finally:
        matcher.kill()
        matcher.join(10)


def _goes_on(matcher: Any) -> None:
    os.kill(matcher.pid, signal.SIGCONT)
    matcher.join(20)
    assert matcher.exitcode == 0


def everything(zone: Zone) -> tuple[object, object]:
    """The content of both stores for the zone."""
    redis = zone.street.redis
    keys: list[Any] = sorted(redis.scan_iter(f"{{{ZONE}}}:*"))
    tables = ("offers", "match_requests", "zone_fences")
    return {key: redis.dump(key) for key in keys}, [zone.street.rows(f"select * from {table}") for table in tables]


def test_a_matcher_that_was_stopped_before_it_wrote_offers_writes_none(zone: Zone) -> None:
    """Only the old token forbids the offer: meanwhile another driver has declined the trip, and it waits again."""
    slow, trip = zone.street.driver_at(300), zone.rider_waits()
    with stopped_after("begin", zone) as goes_on:
        quick = zone.street.driver_at(10)
        zone.tick()
        assert zone.offers(trip) == {quick: "open"}
        zone.here.offer_responses.decline(quick, trip)
        before = everything(zone)

        goes_on()

        assert everything(zone) == before
    zone.tick()
    assert zone.offers(trip) == {quick: "declined", slow: "open"}


def test_a_matcher_that_was_stopped_before_it_told_redis_tells_it_nothing(zone: Zone) -> None:
    """Its offer is valid, since it was written in time; meanwhile another matcher has worked in the zone."""
    driver, trip = zone.street.driver_at(100), zone.rider_waits()
    with stopped_after("make", zone) as goes_on:
        assert zone.offers(trip) == {driver: "open"}
        zone.tick()
        before = everything(zone)

        goes_on()

        assert everything(zone) == before
    assert zone.street.redis.zscore(ZoneKeys(ZONE).reserved, str(driver)) is None
