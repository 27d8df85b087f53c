"""A driver has arrived where their phone is. It may be told late."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from functions.trips import arrive_at_pickup
from rideflow.kernel.geo import Sightings
from rideflow.kernel.redis import RedisUnavailableError, redis_cluster
from rideflow.markets import wiring
from rideflow.markets.model import Markets
from rideflow.markets.zones import ServiceAreas
from rideflow.supply.index.trails import TrailIndex
from rideflow.supply.wiring import position_history
from rideflow.trips.model import TripState
from rideflow.trips.wiring import trips
from tests.functions.cloud import forget_wiring
from tests.functions.trips.rides import Rides
from tests.market_data import SAN_FRANCISCO, recut

MINUTE = timedelta(minutes=1)


def test_a_driver_far_from_the_pickup_is_refused_with_the_distance(rides: Rides) -> None:
    trip_id = rides.assigned()
    rides.stands(400)

    refused = rides.arrive(trip_id)

    assert (refused.status, refused.code) == (409, "not_at_pickup")
    assert (refused.body["distance_m"], refused.body["tolerance_m"]) == (400, 100)
    assert "400 m" in refused.body["detail"]
    assert rides.get(trip_id).body["state"] == "driver_assigned"


def test_a_driver_at_the_pickup_is_believed_and_the_distance_is_kept(rides: Rides) -> None:
    trip_id = rides.assigned()
    rides.stands(60)

    arrived = rides.arrive(trip_id)

    assert (arrived.status, arrived.body["state"], arrived.body["arrival_distance_m"]) == (200, "driver_arrived", 60)


@pytest.mark.parametrize("ago", [None, 2 * MINUTE])
def test_a_driver_whose_place_is_not_known_is_asked_for_a_position(rides: Rides, ago: timedelta | None) -> None:
    trip_id = rides.assigned()
    if ago is not None:
        rides.stands(0, ago=ago)

    refused = rides.arrive(trip_id)
    rides.stands(0)

    assert (refused.status, refused.code) == (409, "position_unknown")
    assert "send a position" in refused.body["detail"]
    assert rides.arrive(trip_id).status == 200


def test_while_positions_cannot_be_read_the_ride_goes_on_and_waiting_costs_nothing(
    rides: Rides, monkeypatch: pytest.MonkeyPatch
) -> None:
    trip_id = rides.assigned()
    monkeypatch.setenv("REDIS_PORT", "9")
    forget_wiring()

    arrived = rides.arrive(trip_id)
    rides.made_earlier(trip_id, 10 * MINUTE)
    handed_back = rides.cancel(trip_id, rides.driver)

    assert (arrived.status, arrived.body["state"], arrived.body["arrival_distance_m"]) == (200, "driver_arrived", None)
    assert (handed_back.body["state"], handed_back.body["cancellation_fee_minor"]) == ("matching", 0)


def zone_that_is_silent(monkeypatch: pytest.MonkeyPatch, zone: str) -> None:
    trail = TrailIndex.sightings

    def answered(self: TrailIndex, zone_id: str, driver_id: UUID, trip_id: UUID) -> Sightings:
        if zone_id == zone:
            raise RedisUnavailableError("The zone does not answer.")
        return trail(self, zone_id, driver_id, trip_id)

    monkeypatch.setattr(TrailIndex, "sightings", answered)


def test_a_zone_that_does_not_answer_matters_not_if_another_one_knows_the_driver(
    rides: Rides, monkeypatch: pytest.MonkeyPatch
) -> None:
    zone_that_is_silent(monkeypatch, "south-bay")
    trip_id = rides.assigned()
    rides.stands(400, ago=MINUTE / 2)
    far = rides.arrive(trip_id)
    rides.stands(50)
    near = rides.arrive(trip_id)

    assert (far.code, far.body["distance_m"]) == ("not_at_pickup", 400)
    assert (near.status, near.body["arrival_distance_m"]) == (200, 50)


@pytest.mark.parametrize("ago", [None, 2 * MINUTE])
def test_a_zone_that_does_not_answer_may_be_the_one_that_knows_the_driver(
    rides: Rides, monkeypatch: pytest.MonkeyPatch, ago: timedelta | None
) -> None:
    zone_that_is_silent(monkeypatch, "south-bay")
    trip_id = rides.assigned()
    if ago is not None:
        rides.stands(400, ago=ago)

    arrived = rides.arrive(trip_id)

    assert (arrived.status, arrived.body["state"], arrived.body["arrival_distance_m"]) == (200, "driver_arrived", None)


def test_zones_of_other_markets_are_not_asked(rides: Rides, monkeypatch: pytest.MonkeyPatch) -> None:
    def moved(areas: ServiceAreas) -> ServiceAreas:
        return areas._replace(zones=tuple(replace(zone, id=f"{zone.id}-far") for zone in areas.zones))

    both = Markets((SAN_FRANCISCO, recut(moved, id="elsewhere")))
    monkeypatch.setattr(wiring, "markets", lambda: both)
    forget_wiring()
    asked: list[Any] = []
    execute: Any = redis_cluster().execute_command

    def counted(*call: Any, **more: Any) -> Any:
        asked.append(call)
        return execute(*call, **more)

    trip_id = rides.assigned()
    rides.stands(0)
    position_history().sightings(rides.driver.id, UUID(trip_id), SAN_FRANCISCO.zone_ids)  # nodes know the script
    monkeypatch.setattr(redis_cluster(), "execute_command", counted)

    assert rides.arrive(trip_id).body["arrival_distance_m"] == 0

    zones = ["".join(key for key in call if isinstance(key, str) and "{" in key) for call in asked]
    assert len(zones) == len(SAN_FRANCISCO.zone_ids) == 2
    assert not any("-far" in keys for keys in zones)


@pytest.mark.parametrize("said", [True, False], ids=["sent_at", "only positions"])
@pytest.mark.parametrize("off_s", [-59, -31, 59])
def test_an_app_whose_clock_is_off_and_which_always_says_when_does_a_whole_ride(
    rides: Rides, off_s: int, *, said: bool
) -> None:
    off = timedelta(seconds=off_s)

    def now() -> dict[str, Any]:
        shows = (datetime.now(UTC) + off).isoformat()
        return {"happened_at": shows} | ({"sent_at": shows} if said else {})

    trip_id = rides.assigned()
    rides.made_earlier(trip_id, 20 * MINUTE)
    rides.knows(trip_id)
    rides.stands(500, ago=MINUTE)
    rides.shows(off, sent_at=said)
    before = datetime.now(UTC)

    arrived = rides.arrive(trip_id, **now())
    after = datetime.now(UTC)
    started = rides.start(trip_id, rides.pin(trip_id), **now())
    completed = rides.complete(trip_id, **now())

    assert (arrived.status, arrived.body["arrival_distance_m"]) == (200, 0)
    slack = timedelta(milliseconds=2)  # Redis keeps milliseconds
    assert before - slack <= datetime.fromisoformat(arrived.body["arrived_at"]) <= after
    assert (started.status, started.body["state"]) == (200, "in_progress")
    assert (completed.status, completed.body["state"]) == (200, "completed")
    if said:
        assert before <= datetime.fromisoformat(completed.body["completed_at"]) <= datetime.now(UTC)


@pytest.mark.parametrize("off", [timedelta(hours=-1), timedelta(minutes=5)])
def test_a_clock_that_is_far_off_is_read_by_ours_if_the_app_says_what_it_shows(rides: Rides, off: timedelta) -> None:
    trip_id = rides.in_progress()
    rides.made_earlier(trip_id, 30 * MINUTE)
    then = datetime.now(UTC) - 10 * MINUTE
    sent_at = (datetime.now(UTC) + off).isoformat()

    refused = rides.complete(trip_id, happened_at=(then + off).isoformat()) if off < -30 * MINUTE else None
    done = rides.complete(trip_id, happened_at=(then + off).isoformat(), sent_at=sent_at)

    assert refused is None or refused.code == "happened_at_implausible"
    assert done.status == 200
    completed_at = datetime.fromisoformat(done.body["completed_at"])
    assert then <= completed_at <= then + (datetime.now(UTC) - then - 10 * MINUTE)


def test_an_arrival_is_told_late_with_the_positions_of_that_time(rides: Rides) -> None:
    trip_id = rides.assigned()
    rides.made_earlier(trip_id, 20 * MINUTE)
    rides.knows(trip_id)
    for minutes, north_m in ((15, 2000), (8, 30), (0.5, 900)):
        rides.stands(north_m, ago=minutes * MINUTE)
    then = datetime.now(UTC) - 8 * MINUTE

    now = rides.arrive(trip_id)
    late = rides.arrive(trip_id, happened_at=then.isoformat())

    assert (now.status, now.code, now.body["distance_m"]) == (409, "not_at_pickup", 900)
    assert (late.status, late.body["arrival_distance_m"]) == (200, 30)
    assert datetime.fromisoformat(late.body["arrived_at"]) == then


def test_the_whole_ride_may_be_told_late_and_its_times_are_those_of_the_ride(rides: Rides) -> None:
    trip_id = rides.assigned()
    rides.made_earlier(trip_id, 40 * MINUTE)
    rides.knows(trip_id)
    rides.stands(0, ago=30 * MINUTE)
    arrived, started, completed = (datetime.now(UTC) - minutes * MINUTE for minutes in (30, 25, 10))

    rides.arrive(trip_id, happened_at=arrived.isoformat())
    rides.start(trip_id, rides.pin(trip_id), happened_at=started.isoformat())
    done = rides.complete(trip_id, happened_at=completed.isoformat())

    assert (done.status, done.body["state"]) == (200, "completed")
    times = [datetime.fromisoformat(done.body[f"{name}_at"]) for name in ("arrived", "started", "completed")]
    assert times == [arrived, started, completed]
    assert datetime.now(UTC) - datetime.fromisoformat(done.body["ended_at"]) < MINUTE
    told = rides.cloud.published()[-1]
    assert datetime.fromisoformat(told["detail"]["completed_at"]) == completed
    ride = rides.cloud.rows(
        "select at from published_trip_events where trip_id = %s and type = 'TripCompleted'", trip_id
    )
    assert ride == [{"at": completed}]


@pytest.mark.parametrize("operation", ["arrive", "start", "complete"])
@pytest.mark.parametrize("minutes", [-5, 60, 5 * 60])
def test_what_cannot_have_happened_then_is_refused_and_changes_nothing(
    rides: Rides, operation: str, minutes: int
) -> None:
    states = {
        "arrive": TripState.DRIVER_ASSIGNED,
        "start": TripState.DRIVER_ARRIVED,
        "complete": TripState.IN_PROGRESS,
    }
    trip_id = rides.taken_to(states[operation])
    rides.stands()
    then = (datetime.now(UTC) - minutes * MINUTE).isoformat()

    refused = (
        rides.start(trip_id, rides.pin(trip_id), happened_at=then)
        if operation == "start"
        else getattr(rides, operation)(trip_id, happened_at=then)
    )

    assert (refused.status, refused.code) == (422, "happened_at_implausible")
    assert refused.body["errors"][0]["field"] == "happened_at"
    assert {"earliest", "latest"} <= refused.body.keys()
    assert rides.get(trip_id).body["state"] == states[operation]


def test_a_repeat_succeeds_whatever_time_it_tells(rides: Rides) -> None:
    trip_id = rides.completed()
    first = rides.get(trip_id, rides.driver).body

    for told in ("2020-01-01T00:00:00Z", "2040-01-01T00:00:00Z"):
        assert rides.complete(trip_id, happened_at=told).body["completed_at"] == first["completed_at"]


@pytest.mark.parametrize("body", [{"happened_at": "yesterday"}, {"happened_at": "2026-10-01T12:00:00"}, {"at": 1}, "["])
def test_what_is_no_time_with_a_zone_is_refused(rides: Rides, body: object) -> None:
    trip_id = rides.assigned()
    rides.stands()

    refused = rides.post(arrive_at_pickup.app, f"/v1/trips/{trip_id}/arrive", body, rides.driver)

    assert refused.status in (400, 422)
    assert rides.get(trip_id).body["state"] == "driver_assigned"


def test_commands_out_of_order_are_conflicts_that_name_the_state(rides: Rides) -> None:
    trip_id = rides.arrived()
    then = (datetime.now(UTC) - timedelta(seconds=1)).isoformat()

    early = rides.complete(trip_id, happened_at=then)
    rides.start(trip_id, rides.pin(trip_id))
    rides.complete(trip_id)
    late = rides.start(trip_id, "1234", happened_at=then)

    assert (early.status, early.code, early.body["state"]) == (409, "trip_state_conflict", "driver_arrived")
    assert (late.status, late.code, late.body["state"]) == (409, "trip_state_conflict", "completed")


@pytest.mark.parametrize("operation", ["arrive", "complete"])
def test_a_driver_who_is_rid_of_the_trip_is_told_so_and_others_learn_nothing(rides: Rides, operation: str) -> None:
    trip_id = rides.assigned()
    rides.cancel(trip_id, rides.driver)

    own, foreign = getattr(rides, operation)(trip_id), getattr(rides, operation)(trip_id, rides.other_driver)

    assert (own.status, own.code, own.body["state"]) == (409, "trip_state_conflict", "handed_back")
    assert (foreign.status, foreign.code) == (404, "trip_not_found")


FIRST, LAST = "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"


@pytest.mark.parametrize("command", ["arrive", "start", "complete"])
@pytest.mark.parametrize(
    ("happened_at", "sent_at"),
    [(FIRST, None), (LAST, None), (FIRST, LAST), (LAST, FIRST), (FIRST, "now"), (LAST, "now"), ("now", FIRST),
     ("now", LAST)],
)  # fmt: skip
def test_no_moment_of_the_calendar_is_too_much_for_a_command(
    rides: Rides, command: str, happened_at: str, sent_at: str | None
) -> None:
    now = datetime.now(UTC).isoformat()
    said = {"happened_at": happened_at} | ({} if sent_at is None else {"sent_at": sent_at})
    said = {name: now if at == "now" else at for name, at in said.items()}
    trip_id = {"arrive": rides.assigned, "start": rides.arrived, "complete": rides.in_progress}[command]()
    rides.stands()
    before = trips().get(UUID(trip_id))
    pin = [rides.pin(trip_id)] if command == "start" else []

    refused = getattr(rides, command)(trip_id, *pin, **said)

    assert (refused.status, refused.code) == (422, "happened_at_implausible")
    assert trips().get(UUID(trip_id)) == before
