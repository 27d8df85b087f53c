"""An operator's dispatch on real stores: whom it reaches, what it refuses, what it leaves in the log."""

from functools import partial
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from rideflow.dispatch.errors import DriverHasOfferError, TripNotWaitingError
from rideflow.dispatch.frames import OfferWithdrawn
from rideflow.dispatch.messages import Tick
from rideflow.kernel.errors import DomainError
from rideflow.kernel.idempotency import IdempotencyKeyReusedError
from rideflow.kernel.redis import RedisUnavailableError
from rideflow.kernel.sealing import of_trip
from rideflow.operations.offers import DispatchTrip, DispatchView
from rideflow.supply.index.trails import TrailIndex
from rideflow.supply.keys import ZoneKeys
from tests.adapters.dispatch.accepting import accept
from tests.adapters.dispatch.zone import Environment, Zone, at_once
from tests.adapters.supply.street import ZONE
from tests.keys import SEALS

OPERATOR = uuid4()


def send(
    environment: Environment, trip: UUID, driver: UUID, *, key: str | None = None, ask_again: bool = False
) -> DispatchView:
    wanted = DispatchTrip(driver_id=driver, reason="nobody else is near", ask_again=ask_again)
    return environment.manual.offer(OPERATOR, trip, wanted, key or str(uuid4()))


def refused(zone: Zone, trip: UUID, driver: UUID, **more: Any) -> str:
    with pytest.raises(DomainError) as refusal:
        send(zone.here, trip, driver, **more)
    return refusal.value.code


def log(zone: Zone) -> list[dict[str, Any]]:
    return zone.street.rows("select * from operator_actions order by id")


def test_a_driver_beyond_every_circle_is_offered_the_trip_and_may_take_it(zone: Zone) -> None:
    driver, trip = zone.street.driver_at(15_000), zone.rider_waits()
    zone.tick()
    assert zone.offers(trip) == {}

    view = send(zone.here, trip, driver)

    assert (view.driver_id, round(view.pickup_distance_m, -3)) == (driver, 15_000)
    assert zone.offered(driver) == [trip]
    assert zone.street.free(50_000) == []
    assert zone.expiries.take()[0][0].zone == ZONE
    assert [event["type"] for event in zone.street.bus.events] == ["TripDispatched"]
    assert accept(zone, driver, trip) is None
    assert zone.trip(trip)["driver_id"] == driver


def test_what_was_done_and_what_was_refused_is_in_the_log_which_nobody_changes(zone: Zone) -> None:
    driver, trip = zone.street.driver_at(100), zone.rider_waits()
    send(zone.here, trip, driver)
    refused(zone, trip, driver)

    done, tried = log(zone)
    assert (done["operator_id"], done["action"], done["trip_id"]) == (OPERATOR, "dispatch_trip", trip)
    for action in (done, tried):
        reason = SEALS.open_text(action["details"].pop("reason"), of_trip(trip, "operator_reason"))
        assert reason == "nobody else is near"
        assert action["details"] == {"driver_id": str(driver), "ask_again": False, "earlier_offer": None}
    assert [done["outcome"], tried["outcome"]] == ["done", "driver_has_offer"]
    for change in ("update operator_actions set outcome = ''", "delete from operator_actions"):
        with pytest.raises(psycopg.errors.RestrictViolation):
            zone.street.rows(change)


def test_a_repeat_of_the_key_is_answered_alike_and_done_once(zone: Zone) -> None:
    driver, trip = zone.street.driver_at(100), zone.rider_waits()

    first, second = (send(zone.here, trip, driver, key="key-of-the-operator") for _ in range(2))

    assert first == second
    assert (len(zone.offered(driver)), len(log(zone)), len(zone.street.bus.events)) == (1, 1, 1)
    with pytest.raises(IdempotencyKeyReusedError):
        send(zone.here, trip, driver, key="key-of-the-operator", ask_again=True)


def test_who_declined_is_asked_again_only_when_the_operator_says_so(zone: Zone) -> None:
    driver, trip = zone.street.driver_at(100), zone.rider_waits()
    zone.tick()
    zone.here.offer_responses.decline(driver, trip)

    assert refused(zone, trip, driver) == "driver_asked_before"
    assert zone.offers(trip) == {driver: "declined"}
    send(zone.here, trip, driver, ask_again=True)

    assert zone.offers(trip) == {driver: "open"}
    assert log(zone)[-1]["details"]["earlier_offer"] == "declined"
    assert accept(zone, driver, trip) is None


def test_an_offer_whose_time_is_over_counts_as_expired_before_it_is_swept(zone: Zone) -> None:
    driver, trip = zone.street.driver_at(100), zone.rider_waits()
    zone.tick()
    zone.street.passes(16)

    assert refused(zone, trip, driver) == "driver_asked_before"
    send(zone.here, trip, driver, ask_again=True)

    assert zone.offers(trip) == {driver: "open"}


def test_a_trip_or_driver_that_cannot_be_had_is_refused_with_its_reason(zone: Zone) -> None:
    driver, trip = zone.street.driver_at(100, vehicle_class="xl"), zone.rider_waits(product="xl")
    busy = zone.street.driver_at(200)
    ended = zone.street.trip("driver_assigned", driver_id=busy)
    before_the_hold = zone.street.trip("requested")
    other_class = zone.street.driver_at(100)
    silent, offline = zone.street.driver(vehicle_class="xl"), zone.street.driver(online=False)

    assert refused(zone, uuid4(), driver) == "trip_not_found"
    assert refused(zone, ended, driver) == refused(zone, before_the_hold, driver) == "trip_not_waiting"
    assert refused(zone, trip, uuid4()) == "driver_not_found"
    assert refused(zone, trip, busy) == "driver_busy"
    assert refused(zone, trip, offline) == "driver_offline"
    assert refused(zone, trip, other_class) == "vehicle_unsuitable"
    assert refused(zone, trip, silent) == "driver_not_located"
    assert zone.offers(trip) == {}
    assert len(log(zone)) == 8


def test_nobody_is_sent_to_drive_themselves(zone: Zone) -> None:
    driver = zone.street.driver_at(100)
    assert refused(zone, zone.rider_waits(rider=driver), driver) == "driver_is_rider"


def test_a_driver_with_an_offer_to_answer_is_left_alone_and_the_former_answer_stays(zone: Zone) -> None:
    driver, trip = zone.street.driver_at(100), zone.rider_waits()
    zone.tick()
    zone.here.offer_responses.decline(driver, trip)
    zone.rider_waits()
    zone.tick()

    assert refused(zone, trip, driver, ask_again=True) == "driver_has_offer"
    assert zone.offers(trip) == {driver: "declined"}


def test_the_operator_s_offer_comes_beside_that_of_a_tick_and_no_matcher_is_fenced_off(zone: Zone) -> None:
    near, far = zone.street.driver_at(100), zone.street.driver_at(20_000)
    trip = zone.rider_waits()
    zone.tick()
    send(zone.here, trip, far)
    assert zone.offers(trip) == {near: "open", far: "open"}

    later = zone.rider_waits()
    zone.street.driver_at(300)
    zone.tick()
    assert list(zone.offers(later).values()) == ["open"]


def test_a_lost_redis_refuses_and_leaves_nothing_but_the_log(zone: Zone, monkeypatch: pytest.MonkeyPatch) -> None:
    driver, trip = zone.street.driver_at(100), zone.rider_waits()

    def down(*_: object) -> None:
        raise RedisUnavailableError("down")

    monkeypatch.setattr(TrailIndex, "place", down)
    code = refused(zone, trip, driver)

    assert (zone.offers(trip), log(zone)[0]["outcome"]) == ({}, code)


@pytest.mark.race
def test_a_tick_and_an_operator_at_once_give_the_driver_one_offer(zone: Zone) -> None:
    one, other = zone.environment(), zone.environment()
    for _ in range(10):
        driver = zone.street.driver_at(100)
        trip, wanted = zone.rider_waits(), zone.rider_waits()
        zone.street.redis.delete(ZoneKeys(ZONE).tick_lock)

        _, sent = at_once([partial(one.matcher.run, Tick(zone=ZONE)), partial(send, other, wanted, driver)])

        states = [zone.offers(each).get(driver) for each in (trip, wanted)]
        assert states.count("open") == len(zone.offered(driver)) == 1
        assert isinstance(sent, DispatchView | DriverHasOfferError)
        for each in (trip, wanted):
            zone.here.requests.give_up(each, str(each))
        zone.street.redis.flushall()


@pytest.mark.race
def test_the_rider_s_cancel_at_the_same_moment_leaves_no_offer_open(zone: Zone) -> None:
    one, other = zone.environment(), zone.environment()
    for _ in range(10):
        driver, trip = zone.street.driver_at(100), zone.rider_waits()

        def cancel(trip: UUID = trip) -> None:
            other.trips.cancel(zone.trip(trip)["rider_id"], trip, None)
            other.requests.trip_ended(trip, "cancelled")

        sent, cancelled = at_once([partial(send, one, trip, driver), cancel])

        assert cancelled is None
        assert isinstance(sent, DispatchView | TripNotWaitingError)
        assert zone.offers(trip) == ({driver: "withdrawn"} if isinstance(sent, DispatchView) else {})
        if isinstance(sent, DispatchView):
            assert OfferWithdrawn(trip_id=trip) in zone.street.told.to(driver)
        zone.street.redis.flushall()


@pytest.mark.race
def test_two_operators_at_once_make_one_offer_to_the_driver(zone: Zone) -> None:
    environments = [zone.environment() for _ in range(4)]
    driver, trip = zone.street.driver_at(100), zone.rider_waits()

    outcomes = at_once([partial(send, each, trip, driver) for each in environments])

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["DispatchView", *["DriverHasOfferError"] * 3]
    assert sorted(action["outcome"] for action in log(zone)) == ["done", *["driver_has_offer"] * 3]
