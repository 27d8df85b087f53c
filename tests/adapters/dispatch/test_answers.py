from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest

from rideflow.dispatch.errors import (
    AlreadyOnTripError,
    OfferAcceptedError,
    OfferDeclinedError,
    OfferExpiredError,
    OfferNotFoundError,
    OfferWithdrawnError,
    TripEndedError,
    TripTakenError,
)
from rideflow.dispatch.frames import OfferWithdrawn
from rideflow.dispatch.messages import Tick
from rideflow.kernel.errors import DomainError
from rideflow.kernel.redis_keys import ZoneKeys
from rideflow.realtime.frames import TripUpdated
from tests.adapters.dispatch.zone import Environment, Zone, at_once
from tests.adapters.locations.street import ZONE


def accept(zone: Zone, driver: UUID, trip: UUID) -> Any:
    """None when the driver has the trip, else the code of the refusal."""
    try:
        zone.here.answers.accept(driver, trip)
    except DomainError as refused:
        return refused.code
    return None


def offered_one(zone: Zone) -> tuple[UUID, UUID]:
    driver, trip = zone.street.driver_at(100), zone.rider_waits()
    zone.tick()
    return driver, trip


def test_an_accept_assigns_the_driver_and_the_rider_is_told_under_the_event_s_id(zone: Zone) -> None:
    rider = uuid4()
    driver, trip = zone.street.driver_at(100), zone.rider_waits(rider=rider)
    zone.tick()

    assert accept(zone, driver, trip) is None

    assert (zone.trip(trip)["state"], zone.trip(trip)["driver_id"]) == ("driver_assigned", driver)
    assert zone.trip(trip)["vehicle"]["plate"] == "8ABC123"
    assert zone.offers(trip) == {driver: "accepted"}
    assert zone.request(trip)["outcome"] == "assigned"
    (event,) = zone.street.bus.events
    assert (event["type"], event["detail"]["driver_id"], event["detail"]["version"]) == (
        "DriverAssigned",
        str(driver),
        3,
    )
    (frame,) = zone.street.told.to(rider)
    assert isinstance(frame, TripUpdated)
    assert (frame.state, frame.version) == ("driver_assigned", 3)
    assert frame.driver is not None
    assert frame.driver.name == "Grace Hopper"
    assert str(zone.street.told.ids[-1]) == event["id"]


def test_what_an_accept_publishes_is_what_it_committed(zone: Zone) -> None:
    driver, trip = offered_one(zone)
    zone.street.bus.is_down = True

    assert accept(zone, driver, trip) is None

    (row,) = zone.street.rows("select id::text, source, type, detail from outbox")
    zone.street.bus.is_down = False
    zone.street.passes(1)
    zone.here.answers.outbox.sweep(zone.street.now + timedelta(days=1))
    (event,) = zone.street.bus.events
    assert event["detail"] == row["detail"]
    assert set(row["detail"]) == {
        "id", "at", "trip_id", "rider_id", "driver_id", "version", "state", "zone", "city", "vehicle",
    }  # fmt: skip


def test_an_accept_is_one_statement_and_one_script(zone: Zone, monkeypatch: pytest.MonkeyPatch) -> None:
    driver, trip = offered_one(zone)
    scripts: list[str] = []
    original: Any = zone.street.redis.execute_command

    def counted(*args: Any, **more: Any) -> Any:
        scripts.append(args[0])
        return original(*args, **more)

    monkeypatch.setattr(zone.street.redis, "execute_command", counted)
    before = zone.here.database.statements

    accept(zone, driver, trip)

    assert zone.here.database.statements == before + 1
    assert scripts in (["EVALSHA"], ["EVALSHA", "EVAL"])


def test_the_winner_s_repeat_succeeds_and_changes_nothing(zone: Zone) -> None:
    driver, trip = offered_one(zone)

    assert [accept(zone, driver, trip) for _ in range(3)] == [None, None, None]

    assert zone.trip(trip)["version"] == 3
    assert len(zone.street.bus.events) == 1


def test_the_winner_drives_in_redis_at_once(zone: Zone) -> None:
    driver, trip = offered_one(zone)
    accept(zone, driver, trip)
    zone.street.passes(4)

    zone.street.at(driver, 50)

    (position,) = zone.street.told.to(zone.trip(trip)["rider_id"])[1:]
    assert position.trip_id == trip
    assert zone.street.free() == []


def test_the_others_of_a_broadcast_lose_and_are_free_and_told(zone: Zone) -> None:
    zone.strategy("broadcast", offers_per_trip=3)
    drivers = [zone.street.driver_at(metres) for metres in (100, 200, 300)]
    trip = zone.rider_waits()
    zone.tick()

    assert [accept(zone, driver, trip) for driver in drivers] == [None, "trip_taken", "trip_taken"]

    assert len(zone.street.free()) == 2
    zone.here.requests.driver_assigned(trip, drivers[0])
    zone.here.requests.driver_assigned(trip, drivers[0])
    assert zone.saga == [(f"token-{trip}", "assigned")] * 2
    withdrawn = [frame for driver in drivers[1:] for frame in zone.street.told.to(driver)[1:]]
    assert withdrawn == [OfferWithdrawn(trip_id=trip)] * 4
    told = [told for told, (_, frame) in zip(zone.street.told.ids, zone.street.told.frames, strict=True)
            if isinstance(frame, OfferWithdrawn)]  # fmt: skip
    assert len(set(told)) == 2


def test_an_accept_after_the_offer_s_time_is_refused_before_anybody_has_ended_it(zone: Zone) -> None:
    driver, trip = offered_one(zone)
    zone.street.passes(14.999)
    early = zone.street.now
    zone.street.passes(0.001)

    assert accept(zone, driver, trip) == OfferExpiredError.code
    assert zone.trip(trip)["state"] == "matching"
    zone.street.now = early
    assert accept(zone, driver, trip) is None


def test_why_an_accept_does_not_win(zone: Zone) -> None:
    driver, trip = offered_one(zone)
    assert accept(zone, uuid4(), trip) == OfferNotFoundError.code
    assert accept(zone, driver, uuid4()) == OfferNotFoundError.code

    zone.here.answers.decline(driver, trip)
    assert accept(zone, driver, trip) == OfferDeclinedError.code

    second = zone.rider_waits()
    zone.tick()
    zone.here.trips.cancel(zone.trip(second)["rider_id"], second, None)
    assert accept(zone, driver, second) == TripEndedError.code


def test_an_accept_comes_too_late_when_the_rider_gave_up(zone: Zone) -> None:
    driver, trip = offered_one(zone)

    assert zone.here.requests.give_up(trip, str(trip)) == "no_driver_found"

    assert accept(zone, driver, trip) == TripEndedError.code
    assert zone.here.requests.give_up(trip, str(trip)) == "no_driver_found"
    assert len(zone.street.free()) == 1


def test_giving_up_comes_too_late_when_a_driver_accepted(zone: Zone) -> None:
    driver, trip = offered_one(zone)
    accept(zone, driver, trip)

    assert zone.here.requests.give_up(trip, str(trip)) == "ended"

    assert zone.trip(trip)["state"] == "driver_assigned"
    assert zone.request(trip)["outcome"] == "assigned"


def test_a_driver_with_two_offers_gets_one_trip_and_the_other_goes_to_somebody_else(zone: Zone) -> None:
    zone.strategy("joint", offers_per_driver=2)
    driver = zone.street.driver_at(100)
    first, second = zone.rider_waits(), zone.rider_waits()
    zone.tick()
    zone.tick()
    assert set(zone.offered(driver)) == {first, second}
    zone.ticks.take()
    zone.street.redis.delete(ZoneKeys(ZONE).tick_due)

    assert accept(zone, driver, first) is None
    assert accept(zone, driver, second) == AlreadyOnTripError.code

    assert zone.offers(second) == {driver: "withdrawn"}
    assert [message.zone for message, _ in zone.ticks.take()] == [ZONE]
    other = zone.street.driver_at(50)
    zone.tick()
    assert zone.offered(other) == [second]


def test_a_withdrawn_offer_cannot_be_accepted_after_its_driver_s_trip_either(zone: Zone) -> None:
    zone.strategy("joint", offers_per_driver=2)
    driver = zone.street.driver_at(100)
    first, second = zone.rider_waits(), zone.rider_waits()
    zone.tick()
    zone.tick()
    accept(zone, driver, first)
    zone.here.trips.cancel(zone.trip(first)["rider_id"], first, None)

    assert accept(zone, driver, second) == OfferWithdrawnError.code


def test_a_decline_frees_the_driver_asks_for_a_tick_and_may_be_repeated(zone: Zone) -> None:
    driver, trip = offered_one(zone)
    zone.ticks.take()
    zone.street.redis.delete(ZoneKeys(ZONE).tick_due)

    zone.here.answers.decline(driver, trip)
    zone.here.answers.decline(driver, trip)

    assert zone.offers(trip) == {driver: "declined"}
    assert len(zone.street.free()) == 1
    ((tick, delay),) = zone.ticks.take()
    assert (tick.zone, delay) == (ZONE, timedelta(0))
    zone.here.matcher.run(tick)
    assert zone.offered(driver) == [trip]


def test_only_what_was_offered_can_be_declined_and_what_was_accepted_cannot(zone: Zone) -> None:
    driver, trip = offered_one(zone)
    with pytest.raises(OfferNotFoundError):
        zone.here.answers.decline(uuid4(), trip)

    accept(zone, driver, trip)

    with pytest.raises(OfferAcceptedError):
        zone.here.answers.decline(driver, trip)


def test_a_driver_who_gave_the_trip_back_is_not_offered_it_again_and_the_next_one_is(zone: Zone) -> None:
    driver, trip = offered_one(zone)
    accept(zone, driver, trip)
    zone.here.trips.cancel(driver, trip, "flat tyre")
    assert accept(zone, driver, trip) == TripEndedError.code

    other = zone.street.driver_at(900)
    zone.here.requests.driver_assigned(trip, driver)  # late news of the first assignment
    zone.here.requests.open(trip, f"{trip}-4", "second-token", timedelta(minutes=5))
    zone.saga.clear()
    zone.here.requests.driver_assigned(trip, driver)
    assert zone.saga == []
    zone.tick()

    assert zone.offers(trip) == {driver: "accepted", other: "open"}
    assert accept(zone, other, trip) is None
    zone.here.requests.driver_assigned(trip, other)
    assert zone.saga == [("second-token", "assigned")]


def test_an_earlier_saga_that_was_never_answered_does_not_end_a_later_wait(zone: Zone) -> None:
    """The news of the assignment is late, the driver gave the trip back, and another saga waits already."""
    driver, trip = offered_one(zone)
    accept(zone, driver, trip)
    zone.here.trips.cancel(driver, trip, None)
    assert zone.here.requests.give_up(trip, str(trip)) == "ended"

    zone.here.requests.open(trip, f"{trip}-4", "second-token", timedelta(minutes=5))
    assert zone.saga == [(f"token-{trip}", "superseded")]
    zone.here.requests.driver_assigned(trip, driver)

    assert zone.here.requests.give_up(trip, str(trip)) == "ended"
    assert zone.trip(trip)["state"] == "matching"
    assert zone.here.requests.give_up(trip, f"{trip}-4") == "no_driver_found"
    assert zone.trip(trip)["state"] == "no_driver_found"


def test_giving_up_a_trip_whose_request_never_opened_ends_it(zone: Zone) -> None:
    trip = zone.street.trip("matching")

    assert zone.here.requests.give_up(trip, str(trip)) == "no_driver_found"


def test_a_cancelled_trip_takes_its_offers_with_it_and_answers_the_saga(zone: Zone) -> None:
    driver, trip = offered_one(zone)
    zone.here.trips.cancel(zone.trip(trip)["rider_id"], trip, None)

    zone.here.requests.trip_ended(trip, "cancelled")
    zone.here.requests.trip_ended(trip, "cancelled")

    assert zone.saga == [(f"token-{trip}", "cancelled")] * 2
    assert zone.offers(trip) == {driver: "withdrawn"}
    assert zone.street.told.to(driver)[1:] == [OfferWithdrawn(trip_id=trip)]
    assert len(zone.street.free()) == 1


def test_an_accept_stands_when_redis_does_not_answer(zone: Zone, monkeypatch: pytest.MonkeyPatch) -> None:
    driver, trip = offered_one(zone)

    def down(*_args: Any, **_more: Any) -> Any:
        from redis.exceptions import ConnectionError as RedisConnectionError

        raise RedisConnectionError("down")

    monkeypatch.setattr(zone.street.redis, "execute_command", down)

    assert accept(zone, driver, trip) is None
    assert zone.trip(trip)["driver_id"] == driver


@pytest.mark.race
def test_two_hundred_accepts_at_once_from_twenty_drivers_give_one_winner(zone: Zone) -> None:
    zone.strategy("broadcast", offers_per_trip=20)
    drivers = [zone.street.driver_at(10.0 * number) for number in range(20)]
    trip = zone.rider_waits()
    zone.tick()
    assert len(zone.offers(trip)) == 20
    environments = [zone.environment() for _ in range(20)]

    def ten_times(environment: Environment, driver: UUID) -> list[Any]:
        return [at_once([partial(environment.answers.accept, driver, trip)])[0] for _ in range(10)]

    outcomes = at_once([partial(ten_times, *each) for each in zip(environments, drivers, strict=True)])

    winner = drivers.index(zone.trip(trip)["driver_id"])
    assert outcomes.pop(winner) == [True] + [False] * 9
    assert [type(outcome) for each in outcomes for outcome in each] == [TripTakenError] * 190
    assert len(zone.street.bus.events) == 1
    assert sorted(zone.offers(trip).values()) == ["accepted"] + ["withdrawn"] * 19
    assert len(zone.street.free()) == 19


@pytest.mark.race
def test_one_driver_who_accepts_two_trips_at_once_gets_one(zone: Zone) -> None:
    zone.strategy("joint", offers_per_driver=2)
    first, second = zone.environment(), zone.environment()
    for _ in range(10):
        driver = zone.street.driver_at(100)
        trips = [zone.rider_waits(), zone.rider_waits()]
        zone.tick()
        zone.tick()
        assert set(zone.offered(driver)) == set(trips)

        outcomes = at_once(
            [partial(first.answers.accept, driver, trips[0]), partial(second.answers.accept, driver, trips[1])]
        )

        assert sorted(type(outcome).__name__ for outcome in outcomes) == ["AlreadyOnTripError", "bool"]
        assert sorted(zone.offers(trip)[driver] for trip in trips) == ["accepted", "withdrawn"]
        zone.street.rows("update match_requests set closed_at = now(), outcome = 'cancelled' where closed_at is null")
        zone.street.rows("update trips set state = 'cancelled', ended_at = now()")


@pytest.mark.race
def test_everybody_accepts_everything_at_once_and_every_trip_and_driver_is_taken_once(zone: Zone) -> None:
    """Five drivers hold offers of the same five trips: circles of locks would show as errors here."""
    zone.strategy("broadcast", offers_per_trip=5, offers_per_driver=5)
    environments = [zone.environment() for _ in range(10)]
    for _ in range(4):
        drivers = [zone.street.driver_at(10.0 * number) for number in range(5)]
        trips = [zone.rider_waits() for _ in range(5)]
        while any(len(zone.offers(trip)) < 5 for trip in trips):
            zone.tick()
        calls = [
            partial(environments[(number + index) % 10].answers.accept, driver, trip)
            for number, driver in enumerate(drivers)
            for index, trip in enumerate(trips)
        ]
        outcomes = []
        for start in range(5):  # every driver and every trip in each round, each environment once
            outcomes += at_once(calls[start::5])

        assert {type(outcome) for outcome in outcomes} <= {
            bool, AlreadyOnTripError, TripTakenError, OfferWithdrawnError,
        }  # fmt: skip
        taken = [zone.trip(trip)["driver_id"] for trip in trips]
        assert len(set(taken) - {None}) == outcomes.count(True)
        zone.street.rows("update match_requests set closed_at = now(), outcome = 'cancelled' where closed_at is null")
        zone.street.rows("update offers set state = 'expired', ended_at = now() where state = 'open'")
        zone.street.rows("update trips set state = 'cancelled', ended_at = now()")
        zone.street.redis.flushall()


@pytest.mark.race
def test_accept_and_cancel_at_once_end_in_one_of_the_two(zone: Zone) -> None:
    one, other = zone.environment(), zone.environment()
    for _ in range(10):
        driver, trip = offered_one(zone)
        rider = zone.trip(trip)["rider_id"]

        accepted, _ = at_once(
            [partial(one.answers.accept, driver, trip), partial(other.trips.cancel, rider, trip, None)]
        )

        # A cancel that came second cancels the assigned trip: no order leaves it matched.
        assert accepted is True or isinstance(accepted, TripEndedError)
        assert zone.trip(trip)["state"] == "cancelled"
        zone.here.requests.trip_ended(trip, "cancelled")
        zone.street.redis.flushall()


@pytest.mark.race
def test_accept_at_the_moment_of_expiry_is_either(zone: Zone) -> None:
    one, other = zone.environment(), zone.environment()
    for _ in range(10):
        driver, trip = offered_one(zone)
        zone.street.rows("update offers set expires_at = %s where trip_id = %s", zone.street.now, trip)

        late, _ = at_once([partial(one.answers.accept, driver, trip), partial(other.requests.expire, ZONE)])

        assert isinstance(late, OfferExpiredError)
        assert zone.offers(trip) == {driver: "expired"}
        zone.here.requests.give_up(trip, str(trip))
        zone.street.redis.flushall()


@pytest.mark.race
def test_ticks_at_once_make_one_offer_for_each_trip_and_driver(zone: Zone) -> None:
    environments: list[Environment] = [zone.environment() for _ in range(4)]
    drivers = [zone.street.driver_at(50.0 * number) for number in range(8)]
    trips = [zone.rider_waits() for _ in range(8)]

    for _ in range(3):
        zone.street.redis.delete(ZoneKeys(ZONE).tick_lock)
        at_once([partial(environment.matcher.run, Tick(zone=ZONE)) for environment in environments])

    assert [list(zone.offers(trip).values()) for trip in trips] == [["open"]] * 8
    assert sorted(len(zone.offered(driver)) for driver in drivers) == [1] * 8


@pytest.mark.race
def test_accept_and_giving_up_at_once_end_in_one_of_the_two(zone: Zone) -> None:
    one, other = zone.environment(), zone.environment()
    for _ in range(10):
        driver, trip = offered_one(zone)

        accepted, given_up = at_once(
            [partial(one.answers.accept, driver, trip), partial(other.requests.give_up, trip, str(trip))]
        )

        if accepted is True:
            assert (given_up, zone.trip(trip)["state"]) == ("ended", "driver_assigned")
        else:
            assert isinstance(accepted, TripEndedError)
            assert (given_up, zone.trip(trip)["state"]) == ("no_driver_found", "no_driver_found")
        zone.street.redis.flushall()
