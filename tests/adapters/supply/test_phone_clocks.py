"""A phone whose clock is off is told, and its positions are read by ours."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from rideflow.supply.model import MATCHABLE_FOR, STALE_AFTER, Recorded, milliseconds
from tests.adapters.supply.street import ZONE, Street
from tests.adapters.supply.test_late_positions import path_m


def sends(street: Street, driver: UUID, north_m: float, slow_s: float, *, says_when: bool = False) -> Recorded:
    """What a phone whose clock is so slow sends now."""
    shown = street.now - timedelta(seconds=slow_s)
    return street.sends(driver, street.position(north_m, at=shown), sent_at=shown if says_when else None)


def drives(street: Street, driver: UUID, slow_s: float, messages: int, *, says_when: bool = False) -> list[Recorded]:
    told = []
    for number in range(messages):
        street.passes(4)
        told.append(sends(street, driver, 10 * number, slow_s, says_when=says_when))
    return told


@pytest.mark.parametrize("slow_s", [6, 31, 45, 59, 90, 3_600, 86_400, -6, -20, -3_600])
def test_a_phone_whose_clock_is_off_is_told_and_can_be_matched_from_the_third_message_on(
    street: Street, slow_s: float
) -> None:
    driver = street.driver()

    told = drives(street, driver, slow_s, 5)

    assert [recorded.clock_offset_s for recorded in told] == [None, None, slow_s, slow_s, slow_s]
    assert [recorded.matchable for recorded in told][2:] == [True] * 3
    assert [recorded.verdicts for recorded in told][2:] == [("accepted",)] * 3
    assert street.free() == [40]
    seen_ms = street.redis.zscore(f"{{{ZONE}}}:seen", str(driver))
    assert seen_ms == milliseconds(street.now)


@pytest.mark.parametrize("slow_s", [31, 59, 500_000_000, -20, -3_600])
def test_a_phone_that_says_when_it_sends_is_matched_at_once(street: Street, slow_s: float) -> None:
    driver = street.driver()

    told = drives(street, driver, slow_s, 2, says_when=True)

    assert [(recorded.verdicts, recorded.matchable, recorded.clock_offset_s) for recorded in told] == [
        (("accepted",), True, slow_s)
    ] * 2


def test_a_phone_whose_clock_is_about_right_is_told_nothing(street: Street) -> None:
    driver = street.driver()

    told = [*drives(street, driver, 2, 3), *drives(street, driver, -2, 3), *drives(street, driver, 4.9, 3)]

    assert {recorded.clock_offset_s for recorded in told} == {None}


def test_the_least_delay_of_several_messages_is_the_clock_s_error(street: Street) -> None:
    driver = street.driver()
    told = None
    for number, delay_s in enumerate((1.5, 0.2, 0.9, 2.0, 0.4)):
        street.passes(4)
        told = sends(street, driver, 10 * number, 45 + delay_s, says_when=True)

    assert told is not None
    assert told.clock_offset_s == 45.2


def test_a_dead_spot_is_not_taken_for_a_slow_clock(street: Street) -> None:
    driver = street.driver()
    drives(street, driver, 0, 3)
    street.passes(300)

    told = []
    for number in range(60):  # the oldest first, five of them each second
        street.passes(0.2)
        old = street.now - timedelta(seconds=300 - 4.8 * number)
        told.append(street.sends(driver, street.position(30 + 5 * number, at=old)))

    assert {recorded.clock_offset_s for recorded in told} == {None}


def test_a_message_that_was_long_on_its_way_is_not_taken_for_a_slow_clock(street: Street) -> None:
    driver = street.driver()
    drives(street, driver, 0, 3, says_when=True)
    street.passes(24)

    delayed = sends(street, driver, 40, 20, says_when=True)

    assert delayed.clock_offset_s is None
    assert {recorded.clock_offset_s for recorded in drives(street, driver, 0, 3, says_when=True)} == {None}


def test_a_parked_phone_that_repeats_its_last_fix_is_not_taken_for_a_slow_clock(street: Street) -> None:
    driver = street.driver_at(0)
    last = street.position(0)

    for _ in range(20):
        street.passes(4)
        assert street.sends(driver, last).clock_offset_s is None


@pytest.mark.parametrize("slow_s", [45, -20])
def test_a_clock_that_is_put_right_is_believed_at_once_and_a_wrong_one_after_three_messages(
    street: Street, slow_s: float
) -> None:
    driver = street.driver()
    drives(street, driver, slow_s, 3)

    right = drives(street, driver, 0, 2)
    wrong = drives(street, driver, slow_s, 3)

    assert [recorded.verdicts for recorded in right] == [("accepted",)] * 2
    assert [recorded.clock_offset_s for recorded in [*right, *wrong]] == [None] * 4 + [slow_s]
    assert street.free() == [20]


def test_what_was_held_up_and_comes_at_once_is_not_taken_for_a_slow_clock(street: Street) -> None:
    driver = street.driver()
    drives(street, driver, 0, 3)
    street.passes(20)

    told = []
    for number in range(4):
        street.passes(0.5)
        told.append(sends(street, driver, 30 + number, 20 - number / 2))

    assert {recorded.clock_offset_s for recorded in told} == {None}


def test_a_dead_spot_of_a_phone_whose_clock_is_slow_is_read_by_ours(street: Street) -> None:
    rider, driver = uuid4(), street.driver()
    trip = street.trip("in_progress", driver_id=driver, rider_id=rider)
    drives(street, driver, 45, 4)
    began = street.now
    street.passes(40)
    sends(street, driver, 400, 45)

    late = [street.position(30 + 30 * n, at=began + timedelta(seconds=4 * n - 45)) for n in range(1, 10)]
    told = street.sends(driver, *late)

    assert set(told.verdicts) == {"late"}
    times = [point.recorded_ms for point in street.index.trails.path(ZONE, driver, trip)]
    assert times[-10:-1] == [milliseconds(began + timedelta(seconds=4 * n)) for n in range(1, 10)]
    assert path_m(street, driver, trip)[-1] == 400
    frame = street.told.to(rider)[-1]
    assert (frame.recorded_at, frame.stale) == (street.now, False)
    assert frame.stale_after == street.now + STALE_AFTER


def test_a_time_that_is_far_from_any_is_no_clock(street: Street) -> None:
    driver = street.driver_at(0)
    street.passes(4)
    end = datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)

    told = street.sends(driver, street.position(10), street.position(20, at=end))

    assert (told.verdicts, told.clock_offset_s, told.matchable) == (("accepted", "future"), None, True)
    drives(street, driver, 0, 2)
    assert street.free() == [10]


def test_a_clock_that_is_known_to_be_off_stays_known_while_it_may_be(street: Street) -> None:
    """Its messages took two seconds so far: the clock itself is 4 s off, which alone would not be told."""
    driver = street.driver()
    first = drives(street, driver, 6, 3)

    sooner = drives(street, driver, 4, 2)
    right = drives(street, driver, 2.4, 1)

    assert [recorded.clock_offset_s for recorded in [*first, *sooner, *right]] == [None, None, 6, 4, 4, None]


def test_a_fast_phone_is_found_no_longer_than_any_other_after_its_last_position(street: Street) -> None:
    driver = street.driver()
    assert street.at(driver, 0, at=street.now + timedelta(seconds=4)) == "accepted"

    street.now += MATCHABLE_FOR
    assert street.free() == [0]
    street.passes(0.001)
    assert street.free() == []
