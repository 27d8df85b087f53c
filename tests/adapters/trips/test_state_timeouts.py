"""Every row of the table of timeouts that trips enforces: the state is made, the time passes, the sweeper runs."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from rideflow.kernel.state_timeouts import STATE_TIMEOUTS, Timeout
from rideflow.pricing.model import FareBreakdown
from rideflow.trips.model import ACTIVE, DRIVER_ARRIVED, DRIVER_ASSIGNED, IN_PROGRESS, TripState
from rideflow.trips.sweeping import GIVE_UP_AFTER, REPUBLISH_AFTER, SETTLE_AFTER
from tests.adapters.trips.road import Road
from tests.adapters.trips.test_stalled_trips import ended
from tests.market_data import SAN_FRANCISCO

HERE = [
    timeout
    for timeout in STATE_TIMEOUTS
    if timeout.aggregate in {"trips", "scheduled rides"} and timeout.after and not timeout.by.startswith("payments")
]
SECOND = timedelta(seconds=1)

type Counts = tuple[int, int]
"""How many things were ended or listed a second before the row's time, and at it."""

OF_SILENCE = "of the driver's silence"
STATES_WITH_A_DRIVER = {DRIVER_ASSIGNED, DRIVER_ARRIVED, IN_PROGRESS}
_RULES = SAN_FRANCISCO.rules.silence


def _stalled(make: Callable[[Road], UUID], outcome: str, then: str | None) -> Callable[[Road, Timeout], Counts]:
    """The sweep of stalled trips."""

    def run(road: Road, timeout: Timeout) -> Counts:
        trip_id, before = make(road), None
        before = road.state(trip_id)
        road.watch.turn((timeout.after or SECOND) - SECOND)
        early = road.environment.stalled.sweep()[outcome]
        road.watch.turn(2 * SECOND)
        due = road.environment.stalled.sweep()[outcome]
        assert road.state(trip_id) == (then or before)
        return early, due

    return run


def _silent(state: str, outcome: str, then: str) -> Callable[[Road, Timeout], Counts]:
    def run(road: Road, timeout: Timeout) -> Counts:
        _, trip_id = road.driver_in(state)
        early, due = road.passes((timeout.after or SECOND) - SECOND)[outcome], road.passes(SECOND)[outcome]
        assert road.state(trip_id) == then
        return early, due

    return run


def _listed(state: str) -> Callable[[Road, Timeout], Counts]:
    """The list of operators, although the phone is heard."""

    def run(road: Road, timeout: Timeout) -> Counts:
        driver_id, trip_id = road.driver_in(state)
        road.stays(driver_id, (timeout.after or SECOND) - SECOND)
        early = len(road.listed())
        road.stays(driver_id, SECOND)
        assert [(found, reason) for found, reason, _ in road.listed()] == [(trip_id, "too_long")]
        return early, len(road.listed())

    return run


def _stays(state: str, outcome: str, then: str) -> Callable[[Road, Timeout], Counts]:
    def run(road: Road, timeout: Timeout) -> Counts:
        driver_id, trip_id = road.driver_in(state)
        early = road.stays(driver_id, (timeout.after or SECOND) - SECOND)[outcome]
        due = road.stays(driver_id, SECOND)[outcome]
        assert road.state(trip_id) == then
        return early, due

    return run


def _missed(road: Road, timeout: Timeout) -> Counts:
    environment, rider_id = road.environment, uuid4()
    environment.add_card(rider_id)
    ride_id = environment.book(rider_id, timedelta(hours=1)).id
    environment.as_owner("delete from payment_methods")
    road.watch.turn(timedelta(hours=1) + (timeout.after or SECOND) - SECOND)
    early = environment.due_rides.sweep().get("missed", 0)
    assert environment.ride(ride_id).state == "scheduled"
    road.watch.turn(2 * SECOND)
    due = environment.due_rides.sweep().get("missed", 0)
    assert environment.ride(ride_id).state == "missed"
    return early, due


def _made(how: str) -> Callable[[Road], UUID]:
    return lambda road: ended(road.environment, how)


CASES: dict[tuple[str, str, str], Callable[[Road, Timeout], Counts]] = {
    ("trips", "requested", "told"): _stalled(lambda road: road.environment.requested(), "requests_republished", None),
    ("trips", "requested", "cancelled"): _stalled(lambda road: road.environment.requested(), "given_up", "cancelled"),
    ("trips", "matching", "no"): _stalled(lambda road: road.environment.matching(), "given_up", "no_driver_found"),
    ("trips", "driver_assigned", "handed"): _silent("driver_assigned", "handed_back", "matching"),
    ("trips", "driver_arrived", "in"): _silent("driver_arrived", "listed", "driver_arrived"),
    ("trips", "driver_arrived", "cancelled"): _silent("driver_arrived", "ended", "cancelled"),
    ("trips", "in_progress", "in"): _silent("in_progress", "listed", "in_progress"),
    ("trips", "in_progress", "completed"): _silent("in_progress", "ended", "completed"),
    ("trips", "completed", "told"): _stalled(_made("completed"), "settlements_republished", None),
    ("trips", "cancelled", "told"): _stalled(_made("cancelled"), "settlements_republished", None),
    ("trips", "no_driver_found", "told"): _stalled(_made("no_driver_found"), "settlements_republished", None),
    ("scheduled rides", "scheduled", "missed,"): _missed,
}
"""By aggregate, state and the first word of what happens."""

STAYS: dict[tuple[str, str], Callable[[Road, Timeout], Counts]] = {
    ("driver_assigned", "in"): _listed("driver_assigned"),
    ("driver_assigned", "handed"): _stays("driver_assigned", "handed_back", "matching"),
    ("driver_arrived", "in"): _listed("driver_arrived"),
    ("driver_arrived", "cancelled"): _stays("driver_arrived", "ended", "cancelled"),
    ("in_progress", "in"): _listed("in_progress"),
    ("in_progress", "completed"): _stays("in_progress", "ended", "completed"),
}
"""Of trips that a driver has: what happens also if the phone is heard."""


@pytest.mark.parametrize("timeout", HERE, ids=lambda timeout: f"{timeout.aggregate}-{timeout.state}-{timeout.then}")
def test_a_state_that_lasts_too_long_is_ended_at_its_time(road: Road, timeout: Timeout) -> None:
    word = timeout.then.split()[0]
    is_stay = timeout.state in STATES_WITH_A_DRIVER and timeout.counts != OF_SILENCE
    case = STAYS[timeout.state, word] if is_stay else CASES[timeout.aggregate, timeout.state, word]

    early, due = case(road, timeout)

    assert (early, due) == (0, 1)


@pytest.mark.parametrize("state", sorted(ACTIVE))
def test_every_state_of_a_trip_that_is_not_over_is_left_in_time_whatever_phones_send(state: TripState) -> None:
    counted = [timeout for timeout in HERE if timeout.state == state and timeout.counts.startswith("in the state")]

    assert any(not timeout.then.startswith(("told again", "in the operators' list")) for timeout in counted)


def test_the_times_are_those_of_the_code_and_of_the_first_city() -> None:
    of_trips = [timeout for timeout in STATE_TIMEOUTS if timeout.aggregate == "trips"]
    stays = [timeout for timeout in of_trips if timeout.state in STATES_WITH_A_DRIVER and timeout.counts != OF_SILENCE]
    after = {(timeout.state, timeout.then.split()[0]): timeout.after for timeout in of_trips if timeout not in stays}
    ride = next(timeout for timeout in STATE_TIMEOUTS if timeout.state == "scheduled")

    assert after["requested", "told"] == REPUBLISH_AFTER
    assert after["requested", "cancelled"] == after["matching", "no"] == GIVE_UP_AFTER
    assert after["driver_assigned", "handed"] == _RULES.handed_back_after
    assert after["driver_arrived", "in"] == after["in_progress", "in"] == _RULES.listed_after
    assert after["driver_arrived", "cancelled"] == after["in_progress", "completed"] == _RULES.ended_after
    assert {after[state, "told"] for state in ("completed", "cancelled", "no_driver_found")} == {SETTLE_AFTER}
    for timeout in stays:
        rules, is_list = SAN_FRANCISCO.rules.stays.by_state[timeout.state], timeout.then.startswith("in the operators'")
        assert timeout.after == (rules.listed_after if is_list else rules.ended_after)(timedelta(0))
    assert ride.after == SAN_FRANCISCO.rules.scheduling.rider_waits


def test_a_trip_that_is_paid_is_left_alone_for_ever(road: Road) -> None:
    trip_id = road.environment.completed(uuid4())
    road.environment.trips.settled(trip_id, FareBreakdown.of("USD", {"base": 1840}))
    road.watch.turn(timedelta(days=400))

    assert set(road.environment.stalled.sweep().values()) == set(road.silent.sweep().values()) == {0}
