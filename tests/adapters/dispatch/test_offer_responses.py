from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from rideflow.dispatch.errors import (
    AlreadyOnTripError,
    DriverOfflineError,
    OfferAcceptedError,
    OfferDeclinedError,
    OfferExpiredError,
    OfferNotFoundError,
    OfferWithdrawnError,
    TripEndedError,
)
from rideflow.dispatch.frames import OfferWithdrawn
from rideflow.kernel.outbox_sweep import OutboxSweep
from rideflow.realtime.frames import TripUpdated
from rideflow.supply.keys import ZoneKeys
from tests.adapters.dispatch.accepting import accept, offered_one
from tests.adapters.dispatch.zone import Zone
from tests.adapters.supply.street import ZONE


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


def test_a_trip_keeps_how_far_the_driver_was_who_took_it(zone: Zone) -> None:
    driver, trip = zone.street.driver_at(900), zone.rider_waits()
    zone.tick()

    accept(zone, driver, trip)

    (row,) = zone.street.rows("select assigned_distance_m, driver_id from trips where id = %s", trip)
    (offer,) = zone.street.rows("select pickup_distance_m from offers where trip_id = %s", trip)
    assert (row["driver_id"], row["assigned_distance_m"]) == (driver, offer["pickup_distance_m"])
    assert row["assigned_distance_m"] > 500


def test_what_an_accept_publishes_is_what_it_committed(zone: Zone) -> None:
    driver, trip = offered_one(zone)
    zone.street.bus.is_down = True

    assert accept(zone, driver, trip) is None

    (row,) = zone.street.rows("select id::text, source, type, detail from outbox")
    zone.street.bus.is_down = False
    zone.street.passes(1)
    OutboxSweep(zone.here.database, zone.street.bus).run(zone.street.now + timedelta(days=1))
    (event,) = zone.street.bus.events
    assert event["detail"] == row["detail"]
    assert set(row["detail"]) == {
        "id", "at", "trip_id", "rider_id", "driver_id", "version", "state", "zone", "market", "vehicle",
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

    zone.here.offer_responses.decline(driver, trip)
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

    zone.here.offer_responses.decline(driver, trip)
    zone.here.offer_responses.decline(driver, trip)

    assert zone.offers(trip) == {driver: "declined"}
    assert len(zone.street.free()) == 1
    ((tick, delay),) = zone.ticks.take()
    assert (tick.zone, delay) == (ZONE, timedelta(0))
    zone.here.matcher.run(tick)
    assert zone.offered(driver) == [trip]


def test_only_what_was_offered_can_be_declined_and_what_was_accepted_cannot(zone: Zone) -> None:
    driver, trip = offered_one(zone)
    with pytest.raises(OfferNotFoundError):
        zone.here.offer_responses.decline(uuid4(), trip)

    accept(zone, driver, trip)

    with pytest.raises(OfferAcceptedError):
        zone.here.offer_responses.decline(driver, trip)


def test_a_driver_who_gave_the_trip_back_is_not_offered_it_again_and_the_next_one_is(zone: Zone) -> None:
    driver, trip = offered_one(zone)
    accept(zone, driver, trip)
    zone.here.trips.cancel(driver, trip, None)
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
    """A repeat tells again: the first may have died before it did."""
    driver, trip = offered_one(zone)
    zone.here.trips.cancel(zone.trip(trip)["rider_id"], trip, None)

    zone.here.requests.trip_ended(trip, "cancelled")
    zone.here.requests.trip_ended(trip, "cancelled")

    assert zone.saga == [(f"token-{trip}", "cancelled")] * 2
    assert zone.offers(trip) == {driver: "withdrawn"}
    assert zone.street.told.to(driver)[1:] == [OfferWithdrawn(trip_id=trip)] * 2
    assert len(zone.street.free()) == 1


def goes(zone: Zone, driver: UUID, *, online: bool) -> None:
    zone.street.rows("update drivers set online = %s, version = version + 1 where id = %s", online, driver)


def test_a_driver_who_is_offline_cannot_accept_and_can_again_once_online(zone: Zone) -> None:
    driver, trip = offered_one(zone)
    goes(zone, driver, online=False)

    assert accept(zone, driver, trip) == DriverOfflineError.code
    assert (zone.trip(trip)["state"], zone.request(trip)["closed_at"]) == ("matching", None)

    goes(zone, driver, online=True)
    assert accept(zone, driver, trip) is None


def test_what_a_driver_was_offered_goes_to_others_when_they_go_offline(zone: Zone) -> None:
    zone.strategy("joint", offers_per_driver=2)
    driver = zone.street.driver_at(100)
    trips = [zone.rider_waits(), zone.rider_waits()]
    zone.tick()
    zone.tick()
    goes(zone, driver, online=False)
    zone.ticks.take()
    zone.street.redis.delete(ZoneKeys(ZONE).tick_due)

    zone.here.requests.driver_left(driver)
    zone.here.requests.driver_left(driver)

    assert [zone.offers(trip) for trip in trips] == [{driver: "withdrawn"}] * 2
    withdrawn = [frame.trip_id for frame in zone.street.told.to(driver) if isinstance(frame, OfferWithdrawn)]
    assert sorted(withdrawn) == sorted(trips)
    ((tick, delay),) = zone.ticks.take()
    assert (tick.zone, delay) == (ZONE, timedelta(0))
    others = [zone.street.driver_at(metres) for metres in (50, 60)]
    zone.here.matcher.run(tick)
    assert {trip for other in others for trip in zone.offered(other)} == set(trips)


def test_late_news_of_going_offline_takes_no_offer_of_a_driver_who_is_back(zone: Zone) -> None:
    driver, trip = offered_one(zone)
    goes(zone, driver, online=False)
    goes(zone, driver, online=True)

    zone.here.requests.driver_left(driver)

    assert zone.offers(trip) == {driver: "open"}
    assert accept(zone, driver, trip) is None


def test_an_accept_stands_when_redis_does_not_answer(zone: Zone, monkeypatch: pytest.MonkeyPatch) -> None:
    driver, trip = offered_one(zone)

    def down(*_args: Any, **_more: Any) -> Any:
        from redis.exceptions import ConnectionError as RedisConnectionError

        raise RedisConnectionError("down")

    monkeypatch.setattr(zone.street.redis, "execute_command", down)

    assert accept(zone, driver, trip) is None
    assert zone.trip(trip)["driver_id"] == driver
