from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from rideflow.pricing.model import FareBreakdown
from rideflow.trips.model import Trip
from rideflow.trips.service import Trips
from rideflow.trips.sweeping import GIVE_UP_AFTER, REPUBLISH_AFTER, SAGA_ENDS_WITHIN, SETTLE_AFTER
from tests.adapters.trips.environments import Bus, Environment
from tests.adapters.trips.road import Watch


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def environment(database_url: str, bus: Bus, watch: Watch) -> Iterator[Environment]:
    found = Environment(database_url, bus, watch)
    yield found
    found.database.close()


SECOND = timedelta(seconds=1)


def told(bus: Bus) -> list[tuple[str, str]]:
    return [(envelope["type"], envelope["detail"]["trip_id"]) for envelope in bus.taken]


def test_a_request_that_no_saga_took_up_is_told_again(environment: Environment, bus: Bus, watch: Watch) -> None:
    trip_id = environment.requested()
    [first] = bus.taken

    watch.turn(REPUBLISH_AFTER - SECOND)
    assert environment.stalled.sweep()["requests_republished"] == 0
    watch.turn(2 * SECOND)
    assert environment.stalled.sweep()["requests_republished"] == 1

    [_, again] = bus.taken
    assert again["id"] != first["id"]
    assert {**again["detail"], "id": ""} == {**first["detail"], "id": ""}
    assert environment.holds_together(trip_id)


def test_a_request_that_stays_one_is_cancelled_by_us_and_its_rider_may_ask_anew(
    environment: Environment, bus: Bus, watch: Watch
) -> None:
    trip_id = environment.requested()
    watch.turn(GIVE_UP_AFTER + SECOND)

    assert environment.stalled.sweep() == {"given_up": 1, "requests_republished": 0, "settlements_republished": 0}

    trip = environment.trips.get(trip_id)
    assert (trip.state, trip.cancelled_by, trip.cancellation_fee_minor) == ("cancelled", "platform", 0)
    assert environment.request(trip.rider_id, environment.quote(trip.rider_id)).state == "requested"


def test_a_search_that_nobody_ends_is_ended(environment: Environment, bus: Bus, watch: Watch) -> None:
    trip_id = environment.matching()
    watch.turn(GIVE_UP_AFTER + SECOND)

    assert environment.stalled.sweep()["given_up"] == 1

    assert environment.trips.get(trip_id).state == "no_driver_found"
    assert told(bus)[-1] == ("NoDriverFound", str(trip_id))


def test_the_rider_of_a_trip_that_was_handed_back_waits_anew(environment: Environment, watch: Watch) -> None:
    driver_id = uuid4()
    trip_id = environment.assigned(driver_id)
    watch.turn(GIVE_UP_AFTER - SECOND)
    environment.trips.cancel(driver_id, trip_id, None)
    watch.turn(2 * SECOND)

    assert environment.stalled.sweep()["given_up"] == 0
    assert environment.trips.get(trip_id).state == "matching"


def test_the_rider_of_a_scheduled_ride_waits_until_the_time_that_the_trip_names(
    environment: Environment, watch: Watch
) -> None:
    trip_id = environment.matching()
    until = watch.now + 2 * GIVE_UP_AFTER
    environment.database.execute(
        "update trips set scheduled_ride_id = gen_random_uuid(), scheduled_for = %(until)s, waits_until = %(until)s"
        " where id = %(id)s",
        {"id": trip_id, "until": until},
    )
    watch.turn(2 * GIVE_UP_AFTER)

    assert environment.stalled.sweep()["given_up"] == 0
    watch.turn(SAGA_ENDS_WITHIN + SECOND)
    assert environment.stalled.sweep()["given_up"] == 1


def test_a_scheduled_ride_whose_money_nobody_holds_is_ended_without_waiting_for_its_time(
    environment: Environment, watch: Watch
) -> None:
    """No driver is looked for, so there is nothing to wait for."""
    trip_id = environment.requested()
    environment.database.execute(
        "update trips set scheduled_ride_id = gen_random_uuid(), scheduled_for = %(until)s, waits_until = %(until)s"
        " where id = %(id)s",
        {"id": trip_id, "until": watch.now + 3 * GIVE_UP_AFTER},
    )
    watch.turn(GIVE_UP_AFTER + SECOND)

    assert environment.stalled.sweep()["given_up"] == 1

    assert environment.trips.get(trip_id).state == "cancelled"


@pytest.mark.parametrize("ended_as", ["completed", "cancelled", "no_driver_found"])
def test_what_ended_a_trip_is_told_again_until_its_money_is_settled(
    environment: Environment, bus: Bus, watch: Watch, ended_as: str
) -> None:
    trip_id = ended(environment, ended_as)
    last = told(bus)[-1]
    watch.turn(SETTLE_AFTER - SECOND)
    assert environment.stalled.sweep()["settlements_republished"] == 0
    watch.turn(2 * SECOND)

    assert environment.stalled.sweep()["settlements_republished"] == 1
    assert environment.stalled.sweep()["settlements_republished"] == 1
    assert told(bus)[-2:] == [last, last]

    environment.trips.settled(trip_id, FareBreakdown.of("USD", {"base": 1840}))
    assert environment.stalled.sweep()["settlements_republished"] == 0
    assert environment.holds_together(trip_id)


def test_trips_that_stay_unsettled_hide_none_of_the_others(environment: Environment, watch: Watch) -> None:
    trip_ids = {environment.completed(uuid4()) for _ in range(3)}
    minutes = [watch.now + timedelta(minutes=minute) for minute in range(1, 61)]

    sweeps = [environment.store.unsettled(before, before, 1) for before in minutes]

    assert {trip.id for found in sweeps for trip in found} == trip_ids
    assert [len(found) for found in sweeps] == [1] * 60


def test_a_trip_whose_payment_failed_is_left_to_payments(environment: Environment, watch: Watch) -> None:
    environment.trips.payment_failed(environment.completed(uuid4()))
    watch.turn(SETTLE_AFTER * 100)

    assert environment.stalled.sweep() == {"given_up": 0, "requests_republished": 0, "settlements_republished": 0}


def test_trips_on_their_way_are_left_alone(environment: Environment, bus: Bus, watch: Watch) -> None:
    trip_ids = [environment.assigned(uuid4()), environment.arrived(uuid4()), environment.in_progress(uuid4())]
    before = [environment.trips.get(trip_id) for trip_id in trip_ids]
    watch.turn(timedelta(hours=3))

    assert environment.stalled.sweep() == {"given_up": 0, "requests_republished": 0, "settlements_republished": 0}
    assert [environment.trips.get(trip_id) for trip_id in trip_ids] == before


def ended(environment: Environment, how: str) -> UUID:
    if how == "completed":
        return environment.completed(uuid4())
    trip = environment.trips.get(environment.matching())
    if how == "cancelled":
        return environment.trips.cancel(trip.rider_id, trip.id, None).id
    return environment.trips.give_up(trip.id).id


@pytest.mark.parametrize("state", ["requested", "matching"])
def test_a_trip_that_cannot_be_ended_keeps_no_other_from_its_end(
    environment: Environment, watch: Watch, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    trips = [environment.requested() if state == "requested" else environment.matching() for _ in range(2)]
    broken, other = trips
    change = type(environment.trips).change

    def fails(service: Trips, trip_id: UUID, decide: Any) -> Trip:
        if trip_id == broken:
            raise RuntimeError
        return change(service, trip_id, decide)

    monkeypatch.setattr(type(environment.trips), "change", fails)
    watch.turn(GIVE_UP_AFTER + SECOND)

    assert environment.stalled.sweep()["given_up"] == 1

    assert environment.trips.get(broken).state == state
    assert environment.trips.get(other).state == {"requested": "cancelled", "matching": "no_driver_found"}[state]


def test_a_trip_that_cannot_be_read_keeps_no_other_from_its_end(environment: Environment, watch: Watch) -> None:
    unreadable, other = environment.requested(), environment.requested()
    environment.database.execute("update trips set needs = '[]' where id = %(id)s", {"id": unreadable})
    watch.turn(GIVE_UP_AFTER + SECOND)

    assert environment.stalled.sweep()["given_up"] == 1

    assert environment.trips.get(other).state == "cancelled"
