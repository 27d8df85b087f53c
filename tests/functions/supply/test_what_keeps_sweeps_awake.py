"""Heartbeats are watched while anybody is online or on a trip, by PostgreSQL or by Redis."""

from functions.supply import plan_heartbeat_sweeps
from rideflow.supply.keys import ZoneKeys
from tests.adapters.supply.street import Street
from tests.functions.dispatch.conftest import City
from tests.functions.sleeping import Night


def day_of(night: Night, city: City) -> Street:
    """The street of a watch that slept, on no session of its own."""
    city.street.database.close()
    assert night.sleeps_after_a_run(plan_heartbeat_sweeps)
    night.wakes()
    return city.street


def test_an_online_driver_keeps_the_watch_awake(night: Night, city: City) -> None:
    street = day_of(night, city)
    driver_id = street.driver()
    assert not night.sleeps_after_a_run(plan_heartbeat_sweeps)

    street.rows("update drivers set online = false where id = %s", driver_id)
    street.redis.delete(ZoneKeys("sf-bay").seen)  # the watch had put them there

    assert night.sleeps_after_a_run(plan_heartbeat_sweeps)


def test_a_driver_who_is_on_a_trip_keeps_the_watch_awake_also_if_they_are_offline(night: Night, city: City) -> None:
    street = day_of(night, city)
    street.trip("in_progress", driver_id=street.driver(online=False))

    assert not night.sleeps_after_a_run(plan_heartbeat_sweeps)


def test_a_driver_whom_only_redis_knows_keeps_the_watch_awake(night: Night, city: City) -> None:
    """They are taken offline by the sweeps that the watch asks for."""
    street = day_of(night, city)
    street.redis.zadd(ZoneKeys(street.markets.zone_ids[-1]).seen, {str(street.driver(online=False)): 1})

    assert not night.sleeps_after_a_run(plan_heartbeat_sweeps)
