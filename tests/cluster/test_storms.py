"""Failures of Redis in the middle of a storm cost no trip and no driver, and riders little time."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from local.processes import LOOPBACK
from rideflow.supply.keys import ZoneKeys
from rideflow.supply.reconciliation import Reconciliation
from tests.adapters.supply.street import Street
from tests.cluster.cloud import QUEUES
from tests.cluster.nodes import Cluster
from tests.cluster.storm import CENTRES, Plan, Stores, Storm
from tests.eventually import eventually
from tests.races.arena import ALL_HEARD, ALWAYS

pytestmark = pytest.mark.race

STRUCK = "sf-bay"
MORE_S = 15
"""Seconds that the loss of Redis may add to a rider's wait at most."""

OVER = {
    "every rider was driven":
        "select id, state from trips where state <> 'completed'",
    "every trip got one driver":
        "select trip_id from trip_events where type = 'DriverAssigned' group by trip_id having count(*) <> 1",
    "nobody drove two trips at once":
        "select one.driver_id, one.id, other.id from trips as one join trips as other"
        " on one.driver_id = other.driver_id and one.id < other.id"
        " and tstzrange(one.assigned_at, one.completed_at) && tstzrange(other.assigned_at, other.completed_at)",
}  # fmt: skip
_WAITS = """
select request.zone, request.opened_at, trips.assigned_at,
    extract(epoch from trips.assigned_at - request.opened_at)::float as waited_s
from match_requests as request join trips on trips.id = request.trip_id order by request.opened_at
"""


@dataclass(frozen=True)
class Scale:
    """The size of the storm: riders before and after the failure, their interval, and each zone's drivers.

    In a small storm the last rider comes before another master is elected: only trips in progress are affected.
    """

    calm: int
    rough: int
    rider_every_s: float
    drivers: int


SMALL, LARGE = Scale(10, 8, 0.4, 5), Scale(80, 240, 0.15, 20)


def assert_no_trip_is_lost_in_a_storm(
    database_url: str, cluster: Cluster, strike: Callable[[Cluster], None], scale: Scale
) -> None:
    """Play riders, let Redis fail, and let all rides end; then check the invariants and the waiting times."""
    began_at, redis_url = datetime.now(UTC), f"redis://{LOOPBACK}:{cluster.beside(STRUCK).port}"
    with ExitStack() as closing, psycopg.connect(database_url, autocommit=True, row_factory=dict_row) as looking:
        looking.execute(QUEUES)
        street = Street(database_url, redis_url)
        closing.callback(street.close)
        drivers = {zone: [street.driver() for _ in range(scale.drivers)] for zone in CENTRES}
        raging = Storm(Stores(database_url, redis_url), Plan(drivers, scale.rider_every_s))
        try:
            _come(looking, scale.calm, began_at)
            struck_at = datetime.now(UTC)
            strike(cluster)
            _come(looking, scale.rough, struck_at)
            raging.no_more_riders()
            _hold(looking, ALWAYS)
            eventually(lambda: not looking.execute("select 1 from trips where state <> 'completed'").fetchall(), 60)
            eventually(lambda: not looking.execute("select 1 from messages where queue = 'events'").fetchall(), 60)
            _everybody_is_free(street, drivers)
        finally:
            said = raging.end()
            print(dict(said.counts), *said.mistakes)
        assert said.mistakes == []
        _hold(looking, ALWAYS | ALL_HEARD | OVER)
        _nobody_waited_long(looking.execute(_WAITS).fetchall(), struck_at)


def _come(looking: psycopg.Connection[Any], riders: int, since: datetime) -> None:
    """Wait until this many riders have come since then."""
    came = "select 1 from match_requests where opened_at >= %s"
    eventually(lambda: len(looking.execute(came, [since]).fetchall()) >= riders, 120)


def _hold(looking: psycopg.Connection[Any], invariants: dict[str, str]) -> None:
    for what, statement in invariants.items():
        assert looking.execute(statement.encode()).fetchall() == [], what


def _everybody_is_free(street: Street, drivers: dict[str, list[Any]]) -> None:
    """Wait until Redis has every driver as free or reserved. Losses of a failover are repaired, as each minute.

    A driver who answered while Redis did not stays reserved until the offer's time is over.
    """
    reconciliation = Reconciliation(street.index.trips, street.records, street.markets, street.clock)
    for zone, of_zone in drivers.items():
        keys, everybody = ZoneKeys(zone), {str(driver).encode() for driver in of_zone}

        def free(keys: ZoneKeys = keys) -> set[Any]:
            reconciliation.run()
            return {*street.redis.zrange(keys.free("economy"), 0, -1), *street.redis.zrange(keys.reserved, 0, -1)}

        eventually(lambda: free() == everybody)  # noqa: B023
        assert not any(known.in_hand for known in street.index.trips.known(zone, of_zone).values())


def _nobody_waited_long(waits: list[dict[str, Any]], struck_at: datetime) -> None:
    calm = [each["waited_s"] for each in waits if each["assigned_at"] and each["assigned_at"] < struck_at]
    rough = [each for each in waits if each["assigned_at"] is None or each["assigned_at"] >= struck_at]
    longest = {zone: max((each["waited_s"] for each in rough if each["zone"] == zone), default=0) for zone in CENTRES}
    print(f"{len(calm)} calm waits, longest {max(calm, default=0):.2f} s; {len(rough)} rough ones, longest {longest} s")
    assert max(longest.values()) <= max(calm, default=0) + MORE_S


def killed(cluster: Cluster) -> None:
    cluster.master_of(STRUCK).kill()


def hung(cluster: Cluster) -> None:
    """Stop the master and resume it later: it wakes up as a master while the others have another one."""
    master = cluster.master_of(STRUCK)
    master.hang()
    eventually(lambda: cluster.master_of(STRUCK) is not master)
    master.wake()


def lost_entirely(cluster: Cluster) -> None:
    cluster.flush()


def back_and_empty(cluster: Cluster) -> None:
    cluster.restart_empty(cluster.master_of(STRUCK))


def all_back_and_empty(cluster: Cluster) -> None:
    cluster.restart_empty(*cluster.nodes)


def test_a_master_killed_in_the_middle_of_a_storm_costs_no_trip(database_url: str, cluster: Cluster) -> None:
    assert_no_trip_is_lost_in_a_storm(database_url, cluster, killed, SMALL)


@pytest.mark.long
@pytest.mark.parametrize("strike", [killed, hung, lost_entirely, back_and_empty, all_back_and_empty])
def test_no_failure_of_redis_in_a_long_storm_costs_a_trip(
    database_url: str, cluster: Cluster, strike: Callable[[Cluster], None]
) -> None:
    assert_no_trip_is_lost_in_a_storm(database_url, cluster, strike, LARGE)
