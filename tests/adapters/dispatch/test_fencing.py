"""A matcher that stalls past its lock writes nothing, wherever it stalls."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from rideflow.dispatch.messages import Tick
from rideflow.dispatch.store import PostgresOffers
from rideflow.supply.index.leases import LEASE_LIVES, LeaseIndex
from rideflow.supply.keys import ZoneKeys
from tests.adapters.dispatch.zone import Zone
from tests.adapters.supply.street import ZONE

KEYS = ZoneKeys(ZONE)


def run_stalling_after(zone: Zone, monkeypatch: pytest.MonkeyPatch, owner: type, call: str, meanwhile: Any) -> None:
    """A tick that stops right after that call, while its lock expires and the world goes on."""
    stalled = zone.environment()
    original = getattr(owner, call)
    reached: list[str] = []

    def stalling(self: Any, *args: Any, **more: Any) -> Any:
        answer = original(self, *args, **more)
        if self in (stalled.index.leases, stalled.offers) and not reached:
            reached.append(call)
            zone.street.redis.delete(KEYS.tick_lock)
            meanwhile()
        return answer

    monkeypatch.setattr(owner, call, stalling)
    stalled.matcher.run(Tick(zone=ZONE))
    assert reached == [call]


def live(zone: Zone) -> list[dict[str, Any]]:
    return zone.street.rows("select trip_id, driver_id from offers where state = 'open'")


def test_stalled_before_writing_offers_it_writes_none(zone: Zone, monkeypatch: pytest.MonkeyPatch) -> None:
    """Meanwhile another matcher offers the other driver, who has come nearer; both trips wait for somebody."""
    slow = zone.street.driver_at(300)
    trip = zone.rider_waits()
    quick: list[UUID] = []

    def meanwhile() -> None:
        quick.append(zone.street.driver_at(10))
        zone.tick()

    run_stalling_after(zone, monkeypatch, LeaseIndex, "begin", meanwhile)

    assert live(zone) == [{"trip_id": trip, "driver_id": quick[0]}]
    assert zone.offered(slow) == []


def test_an_old_token_writes_no_offer_even_where_nothing_else_would_forbid_it(zone: Zone) -> None:
    driver, trip = zone.street.driver_at(100), zone.rider_waits()
    zone.street.rows("insert into zone_fences values (%s, %s)", ZONE, 2**52)

    zone.tick()

    assert live(zone) == []
    zone.street.rows("update zone_fences set token = 0")
    zone.tick()
    assert live(zone) == [{"trip_id": trip, "driver_id": driver}]


def test_stalled_before_reserving_drivers_it_leaves_redis_to_the_newer_one(
    zone: Zone, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver = zone.street.driver_at(100)
    zone.rider_waits()

    def meanwhile() -> None:
        zone.tick()
        zone.street.redis.set(KEYS.tick_lock, "of-a-third")

    run_stalling_after(zone, monkeypatch, PostgresOffers, "make", meanwhile)

    assert zone.street.redis.zscore(KEYS.reserved, str(driver)) is None
    assert zone.street.redis.get(KEYS.tick_lock) == b"of-a-third"
    assert len(zone.offered(driver)) == 1


def test_tokens_grow_also_after_redis_has_lost_them(zone: Zone) -> None:
    zone.street.driver_at(100)
    zone.rider_waits()
    zone.tick()
    (before,) = zone.street.rows("select token from zone_fences")
    zone.street.redis.flushall()
    zone.street.passes(1)
    zone.street.driver_at(100)
    zone.rider_waits()

    zone.tick()

    (after,) = zone.street.rows("select token from zone_fences")
    assert after["token"] > before["token"]


def test_a_clock_that_is_behind_when_redis_has_lost_the_token_holds_a_zone_up_no_longer_than_that(zone: Zone) -> None:
    zone.street.driver_at(100)
    zone.rider_waits()
    zone.tick()
    zone.street.redis.flushall()
    zone.street.now -= timedelta(seconds=2)
    driver, trip = zone.street.driver_at(100), zone.rider_waits()
    zone.tick()
    assert zone.offers(trip) == {}

    zone.street.passes(3)
    zone.tick()

    assert zone.offers(trip) == {driver: "open"}


def test_a_search_that_fails_leaves_no_lock_behind(zone: Zone) -> None:
    zone.street.driver_at(300)
    zone.rider_waits()
    kept: Any = zone.street.redis.dump(KEYS.free("economy"))
    zone.street.redis.set(KEYS.free("economy"), "broken")

    zone.tick()
    assert not zone.street.redis.exists(KEYS.tick_lock)
    zone.street.redis.restore(KEYS.free("economy"), 0, kept, replace=True)
    zone.tick()

    assert len(live(zone)) == 1


def test_a_search_that_fails_leaves_no_lock(zone: Zone) -> None:
    driver, trip = zone.street.driver_at(100), zone.rider_waits()
    aside = f"{KEYS.traits}-aside"
    zone.street.redis.rename(KEYS.traits, aside)
    zone.street.redis.set(KEYS.traits, "broken")
    zone.tick()
    assert live(zone) == []
    zone.street.redis.rename(aside, KEYS.traits)

    zone.tick()

    assert live(zone) == [{"trip_id": trip, "driver_id": driver}]


def test_the_lock_of_a_matcher_that_died_ends_by_itself(zone: Zone, monkeypatch: pytest.MonkeyPatch) -> None:
    zone.street.driver_at(100), zone.rider_waits()

    def dies(*_: object, **_more: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as dying:
        dying.setattr(PostgresOffers, "make", dies)
        with pytest.raises(RuntimeError):
            zone.tick()

    assert 0 < zone.street.redis.pttl(KEYS.tick_lock) <= LEASE_LIVES.total_seconds() * 1000
