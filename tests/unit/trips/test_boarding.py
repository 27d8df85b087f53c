from datetime import timedelta
from typing import Any

import pytest

from rideflow.trips import boarding
from rideflow.trips.errors import PinLockedError, TripConflictError
from rideflow.trips.model import Change, TripState
from rideflow.trips.requesting import new_pin
from tests.unit.trips.trips import DRIVER, NOW, trip_in

LOCK = timedelta(minutes=5)


def tried(pin: str, state: TripState = TripState.DRIVER_ARRIVED, **fields: Any) -> Change | None:
    return boarding.started(trip_in(state, **fields), DRIVER, pin, NOW)


def test_the_right_pin_starts_the_trip() -> None:
    change = tried("4711", pin_attempts=4)

    assert change is not None
    assert (change.trip.state, change.trip.started_at) == ("in_progress", NOW)


@pytest.mark.parametrize(("before", "after", "locked_until"), [(0, 1, None), (3, 4, None), (4, 0, NOW + LOCK)])
def test_a_wrong_pin_is_counted_and_the_fifth_locks(before: int, after: int, locked_until: object) -> None:
    change = tried("0000", pin_attempts=before)

    assert change is not None
    assert (change.trip.state, change.trip.pin_attempts) == ("driver_arrived", after)
    assert change.trip.pin_locked_until == locked_until
    assert change.entry.type == "PinRefused"


@pytest.mark.parametrize("pin", ["4711", "0000"])
def test_nothing_is_tried_while_it_is_locked(pin: str) -> None:
    with pytest.raises(PinLockedError) as refused:
        tried(pin, pin_locked_until=NOW + timedelta(seconds=1.5))

    assert refused.value.extra["retry_after_s"] == 2


def test_the_lock_ends_at_its_time() -> None:
    change = tried("0000", pin_locked_until=NOW)

    assert change is not None
    assert (change.trip.pin_attempts, change.trip.pin_locked_until) == (1, None)


def test_a_trip_that_has_started_asks_for_no_pin() -> None:
    assert tried("0000", TripState.IN_PROGRESS) is None


def test_nobody_guesses_pins_before_the_driver_is_there() -> None:
    with pytest.raises(TripConflictError):
        tried("4711", TripState.DRIVER_ASSIGNED)


def test_pins_are_four_digits_and_differ() -> None:
    pins = {new_pin() for _ in range(1000)}

    assert all(len(pin) == 4 and pin.isdecimal() for pin in pins)
    assert len(pins) > 800
