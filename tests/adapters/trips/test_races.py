from collections import Counter
from typing import Any
from uuid import UUID, uuid4

import pytest

from rideflow.kernel.idempotency import IdempotencyKey
from rideflow.trips.cancellation import CARD_DECLINED
from rideflow.trips.errors import DriverBusyError
from rideflow.trips.model import Trip
from rideflow.trips.rating import RateTrip
from rideflow.trips.store import trip_of
from rideflow.trips.views import TripView
from tests.adapters.trips.environments import Bus, Environment, at_once

pytestmark = pytest.mark.race


def codes(answers: list[Any]) -> Counter[str]:
    """How often which answer was given: `ok`, or the error's code."""
    return Counter(getattr(answer, "code", "ok") for answer in answers)


def trips_of(environment: Environment, rider_id: UUID) -> list[Trip]:
    return [trip_of(row) for row in environment.store.page(rider_id, UUID(int=2**128 - 1), 100)]


def test_the_same_key_at_once_opens_one_trip_and_every_answer_is_the_same(
    environments: list[Environment], bus: Bus
) -> None:
    rider_id, first = uuid4(), environments[0]
    first.add_card(rider_id)
    quote_id = first.quote(rider_id)

    answers = at_once(environments, lambda _, environment: environment.request(rider_id, quote_id, "the-same-key"))

    assert codes(answers) == {"ok": 20}
    assert len({answer.id for answer in answers}) == 1
    assert len(trips_of(first, rider_id)) == 1
    assert bus.types() == {"TripRequested": 1}


def test_requests_under_different_keys_at_once_open_one_trip_and_the_others_are_told_which(
    environments: list[Environment], bus: Bus
) -> None:
    rider_id, first = uuid4(), environments[0]
    first.add_card(rider_id)
    quote_id = first.quote(rider_id)

    answers = at_once(environments, lambda _, environment: environment.request(rider_id, quote_id))

    assert codes(answers) == {"ok": 1, "active_trip_exists": 19}
    [opened] = [answer for answer in answers if isinstance(answer, TripView)]
    assert {error.extra["trip_id"] for error in answers if error is not opened} == {str(opened.id)}
    assert first.holds_together(opened.id)


def test_twenty_drivers_at_once_and_one_gets_the_trip(environments: list[Environment], bus: Bus) -> None:
    trip_id = environments[0].matching()
    drivers = [uuid4() for _ in environments]

    answers = at_once(environments, lambda number, environment: environment.assign(trip_id, drivers[number]))

    assert codes(answers) == {"ok": 1, "trip_state_conflict": 19}
    [winner] = [number for number, answer in enumerate(answers) if isinstance(answer, Trip)]
    assert environments[0].trips.get(trip_id).driver_id == drivers[winner]
    assert bus.types()["DriverAssigned"] == 1
    assert environments[0].holds_together(trip_id)


def test_one_driver_takes_twenty_trips_at_once_and_gets_one(environments: list[Environment]) -> None:
    driver_id = uuid4()
    trip_ids = [environments[0].matching() for _ in environments]

    answers = at_once(environments, lambda number, environment: environment.assign(trip_ids[number], driver_id))

    assert codes(answers) == {"ok": 1, "driver_busy": 19}
    states = Counter(environments[0].trips.get(trip_id).state for trip_id in trip_ids)
    assert states == {"driver_assigned": 1, "matching": 19}


def test_a_driver_who_was_busy_gets_the_next_trip(environment: Environment) -> None:
    driver_id = uuid4()
    first, second = environment.assigned(driver_id), environment.matching()
    with pytest.raises(DriverBusyError):
        environment.assign(second, driver_id)

    environment.trips.cancel(driver_id, first, None)

    assert environment.assign(second, driver_id).state == "driver_assigned"


def test_a_rider_who_cancels_while_the_driver_starts_ends_in_one_of_the_two(environments: list[Environment]) -> None:
    driver_id = uuid4()
    for _ in range(10):
        trip = environments[0].trips.get(environments[0].arrived(driver_id))

        def act(number: int, environment: Environment, trip: Trip = trip) -> Trip:
            if number == 0:
                return environment.trips.start(driver_id, trip.id, trip.pin)
            return environment.trips.cancel(trip.rider_id, trip.id, None)

        answers = at_once(environments[:2], act)

        assert codes(answers) == {"ok": 1, "trip_state_conflict": 1}
        assert environments[0].trips.get(trip.id).state == ("in_progress" if codes(answers[:1])["ok"] else "cancelled")
        assert environments[0].holds_together(trip.id)
        if codes(answers[:1])["ok"]:
            environments[0].trips.complete(driver_id, trip.id)


def test_a_rider_who_cancels_while_drivers_accept_is_cancelled_and_nothing_is_lost(
    environments: list[Environment], bus: Bus
) -> None:
    trip = environments[0].trips.get(environments[0].matching())

    def act(number: int, environment: Environment) -> Trip:
        if number == 0:
            return environment.trips.cancel(trip.rider_id, trip.id, None)
        return environment.assign(trip.id, uuid4())

    answers = at_once(environments[:10], act)

    assert codes(answers[:1]) == {"ok": 1}
    assert environments[0].trips.get(trip.id).state == "cancelled"
    assert bus.types()["DriverAssigned"] == codes(answers[1:])["ok"] <= 1
    assert environments[0].holds_together(trip.id)


def test_pins_guessed_at_once_are_each_counted(environments: list[Environment]) -> None:
    driver_id = uuid4()
    trip = environments[0].trips.get(environments[0].arrived(driver_id))
    wrong = "0000" if trip.pin != "0000" else "0001"

    answers = at_once(environments, lambda _, environment: environment.trips.start(driver_id, trip.id, wrong))

    told = codes(answers)
    refused = [entry for entry in environments[0].trips.log(trip.id) if entry.type == "PinRefused"]
    assert len(refused) == told["wrong_pin"] <= 5
    assert told["wrong_pin"] + told["pin_locked"] + told["trip_busy"] == 20
    assert environments[0].holds_together(trip.id)


def test_a_step_repeated_at_once_happens_once(environments: list[Environment], bus: Bus) -> None:
    driver_id = uuid4()
    trip_id = environments[0].in_progress(driver_id)

    answers = at_once(environments, lambda _, environment: environment.trips.complete(driver_id, trip_id))

    assert codes(answers) == {"ok": 20}
    assert bus.types()["TripCompleted"] == 1
    assert environments[0].holds_together(trip_id)


def test_ratings_at_once_are_one(environments: list[Environment], bus: Bus) -> None:
    trip = environments[0].trips.get(environments[0].completed(uuid4()))
    rating = RateTrip(stars=5)

    def act(_: int, environment: Environment) -> object:
        key = IdempotencyKey.of(trip.rider_id, "rate", str(uuid4()), rating)
        return environment.ratings.rate(trip.rider_id, trip.id, rating, key)

    answers = at_once(environments, act)

    assert codes(answers) == {"ok": 1, "trip_already_rated": 19}
    assert bus.types()["TripRated"] == 1


def test_sagas_and_people_at_once_leave_a_trip_that_its_log_tells(environments: list[Environment]) -> None:
    for _ in range(5):
        driver_id = uuid4()
        trip = environments[0].trips.get(environments[0].requested())

        def act(number: int, environment: Environment, trip: Trip = trip, driver_id: UUID = driver_id) -> object:
            trips = environment.trips
            acts = (
                lambda: trips.begin_matching(trip.id),
                lambda: trips.reject_payment(trip.id, CARD_DECLINED),
                lambda: trips.give_up(trip.id),
                lambda: environment.assign(trip.id, driver_id),
                lambda: trips.cancel(trip.rider_id, trip.id, None),
                lambda: trips.cancel(driver_id, trip.id, None),
                lambda: trips.arrive(driver_id, trip.id),
                lambda: trips.start(driver_id, trip.id, trip.pin),
                lambda: trips.complete(driver_id, trip.id),
                lambda: trips.settled(trip.id),
            )
            return acts[number % len(acts)]()

        answers = at_once(environments, act)

        assert codes(answers).keys() <= {"ok", "trip_state_conflict", "trip_not_found"}
        assert environments[0].holds_together(trip.id)
