"""The sweep of Stripe's list: it reads to the end, in several runs if need be, and leaves nothing out."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

import pytest

from rideflow.kernel.deadline import Deadline
from rideflow.payments.providers.errors import ProviderUnavailableError
from rideflow.payments.providers.port import HoldsPage, UncapturedHold
from rideflow.payments.providers.stripe.hold_list import StripeHoldList
from rideflow.payments.sagas.holds_sweep import HELD_FOR_LONG, LONGEST_HOLD, HoldsSweep, Position
from rideflow.payments.sagas.sweep_positions import DynamoPositions
from tests.adapters.dynamodb import table
from tests.adapters.payments.ride import House
from tests.adapters.payments.test_found_holds import Kept, now_and

NOW = datetime(2026, 10, 1, 18, 0, tzinfo=UTC)
SECOND, MINUTE, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1)


class Listed:
    """A provider's list: a hold each so many seconds; `at_once` are on a page, newest first."""

    def __init__(self, every: timedelta, at_once: int = 10) -> None:
        self.every, self.at_once = every, at_once
        self.away = False
        self.pages = 0

    def placed(self, since: datetime, until: datetime, after: str | None = None) -> HoldsPage:
        if self.away:
            raise ProviderUnavailableError("away")
        self.pages += 1
        first = -(-(since - NOW) // self.every)
        names = [f"pi_{number}" for number in range(first, -(-(until - NOW) // self.every))][::-1]
        rest = names if after is None else names[names.index(after) + 1 :]
        page, more = rest[: self.at_once], rest[self.at_once :]
        holds = tuple(UncapturedHold(provider="stripe", provider_ref=name, order_id=UUID(int=7)) for name in page)
        return HoldsPage(holds=holds, seen=len(page), after=page[-1] if more else None)


class Bus:
    def __init__(self) -> None:
        self.refs: list[str] = []
        self.takes = True

    def __call__(self, envelopes: Any) -> list[str]:
        if not self.takes:
            return [envelopes[0]["id"]]
        self.refs += [each["detail"]["provider_ref"] for each in envelopes]
        return [each["id"] for each in envelopes]


def a_run(listed: Listed, kept: Any, bus: Bus, now: datetime, pages: int = 1_000_000) -> dict[str, int]:
    """A run that has the time to read so many pages."""
    ticks = count()
    deadline = Deadline(pages + 0.5, lambda: next(ticks))
    return HoldsSweep(listed, kept, bus, lambda: now, lambda: deadline).sweep()


def refs(listed: Listed, since: datetime, until: datetime) -> list[str]:
    """The holds of these times, in order."""
    first, last = -(-(since - NOW) // listed.every), -(-(until - NOW) // listed.every)
    return [f"pi_{number}" for number in range(first, last)]


def number_of(ref: str) -> int:
    return int(ref.removeprefix("pi_"))


def test_the_first_run_reads_all_holds_that_can_be_there() -> None:
    listed, bus = Listed(17 * MINUTE), Bus()

    done = a_run(listed, Kept(), bus, NOW)

    expected = refs(listed, NOW - HELD_FOR_LONG - LONGEST_HOLD, NOW - HELD_FOR_LONG)
    assert sorted(bus.refs, key=number_of) == expected
    assert done == {"read": len(expected), "announced": len(expected), "left_s": 0}


def test_each_run_reads_what_became_old_since_the_last() -> None:
    listed, kept, bus = Listed(SECOND * 7), Kept(), Bus()
    kept.position = Position(since=NOW - HELD_FOR_LONG)

    for minutes in (5, 5.5, 70, 70):
        a_run(listed, kept, bus, NOW + minutes * MINUTE)

    assert sorted(bus.refs, key=number_of) == refs(listed, NOW - HELD_FOR_LONG, NOW - HELD_FOR_LONG + 70 * MINUTE)


@pytest.mark.parametrize("pages", [1, 3, 7])
def test_a_run_that_has_no_time_left_is_continued_by_the_next_and_says_what_is_left(pages: int) -> None:
    listed, kept, bus = Listed(SECOND * 30), Kept(), Bus()
    kept.position = Position(since=NOW - HELD_FOR_LONG - 3 * 60 * MINUTE)
    left: list[int] = []

    while (not left or left[-1]) and len(left) < 100:
        before = listed.pages
        left.append(a_run(listed, kept, bus, NOW, pages)["left_s"])
        assert listed.pages - before <= pages

    assert sorted(bus.refs, key=number_of) == refs(listed, NOW - HELD_FOR_LONG - 180 * MINUTE, NOW - HELD_FOR_LONG)
    assert left == sorted(left, reverse=True)
    assert left[0] > 0


def test_a_page_that_the_bus_did_not_take_whole_is_read_again() -> None:
    listed, kept, bus = Listed(MINUTE, at_once=25), Kept(), Bus()
    kept.position = Position(since=NOW - HELD_FOR_LONG - 60 * MINUTE)
    bus.takes = False
    assert a_run(listed, kept, bus, NOW) == {"read": 0, "announced": 0, "left_s": 3600}

    bus.takes = True

    assert a_run(listed, kept, bus, NOW) == {"read": 60, "announced": 60, "left_s": 0}


def test_a_provider_that_is_away_moves_no_position() -> None:
    listed, kept, bus = Listed(MINUTE), Kept(), Bus()
    a_run(listed, kept, bus, NOW)
    position, listed.away = kept.position, True

    with pytest.raises(ProviderUnavailableError):
        a_run(listed, kept, bus, NOW + DAY)

    assert kept.position == position


@pytest.fixture
def positions(monkeypatch: pytest.MonkeyPatch) -> Iterator[DynamoPositions]:
    with table(monkeypatch, "guards", "id"):
        yield DynamoPositions("guards")


def test_a_position_is_kept_with_all_that_it_says(positions: DynamoPositions) -> None:
    assert positions.find() is None
    within = Position(since=NOW, until=NOW + MINUTE, after="pi_1", version=1)
    for position in (within, Position(since=NOW + MINUTE, version=2)):
        assert positions.save(position)
        assert positions.find() == position


def test_of_two_runs_one_goes_on(positions: DynamoPositions) -> None:
    first = Position(since=NOW, version=1)
    assert positions.save(first)
    assert positions.save(first), "a repeat, after an answer that was lost"

    assert not positions.save(Position(since=NOW + DAY, version=1))
    assert not positions.save(Position(since=NOW + DAY, version=3))

    assert positions.find() == first


def test_a_run_stops_once_another_has_read_on(positions: DynamoPositions) -> None:
    listed, bus = Listed(MINUTE), Bus()
    positions.save(Position(since=NOW - HELD_FOR_LONG - 120 * MINUTE, version=1))

    class Stale(Kept):
        def save(self, position: Position) -> bool:
            return positions.save(position)

    stale = Stale()
    stale.position = Position(since=NOW - HELD_FOR_LONG - 180 * MINUTE)

    assert a_run(listed, stale, bus, NOW)["read"] == 0
    assert listed.pages == 1
    assert a_run(listed, positions, bus, NOW)["left_s"] == 0


# Stripe's list.


def held(house: House) -> str:
    trip_id = house.requested()
    house.hold(trip_id)
    return str(house.order(trip_id)["provider_ref"])


def found(house: House, at_once: int = 100) -> list[HoldsPage]:
    """The pages of the last minutes and the next one."""
    stripe, clock = StripeHoldList(house.stripe.ours, at_once), now_and(MINUTE)
    pages = [stripe.placed(clock() - 10 * MINUTE, clock())]
    while (after := pages[-1].after) is not None:
        pages.append(stripe.placed(clock() - 10 * MINUTE, clock(), after))
    return pages


def test_captured_holds_and_released_ones_are_seen_and_not_told(house: House) -> None:
    captured, released = house.completed(), house.requested()
    house.settle(captured)
    house.hold(released)
    house.hand.trips.cancel(house.hand.trips.get(released).rider_id, released, None)
    house.settle(released)
    there = held(house)

    (page,) = found(house)

    assert ([hold.provider_ref for hold in page.holds], page.seen) == ([there], 3)


def test_holds_of_other_times_are_not_listed(house: House) -> None:
    held(house)
    stripe, clock = StripeHoldList(house.stripe.ours), now_and(timedelta(0))

    for since, until in ((-10 * MINUTE, -MINUTE), (MINUTE, 10 * MINUTE)):
        assert stripe.placed(clock() + since, clock() + until).seen == 0


def test_every_page_of_stripes_list_is_read(house: House) -> None:
    there = {held(house) for _ in range(5)}

    pages = found(house, at_once=2)

    assert [page.seen for page in pages] == [2, 2, 1]
    assert {hold.provider_ref for page in pages for hold in page.holds} == there


def test_a_page_after_one_that_stripe_does_not_know_begins_the_time_again(house: House) -> None:
    there, clock = held(house), now_and(MINUTE)

    page = StripeHoldList(house.stripe.ours).placed(clock() - 10 * MINUTE, clock(), "pi_of_another_account")

    assert [hold.provider_ref for hold in page.holds] == [there]


def test_runs_that_each_end_within_a_span_leave_nothing_out_of_it() -> None:
    """Pages are newest first, so the span must not grow while they are read: what it grew by would be left out."""
    listed, kept, bus = Listed(SECOND * 30), Kept(), Bus()
    kept.position = Position(since=NOW - HELD_FOR_LONG - 30 * MINUTE)

    for minutes in range(20):
        a_run(listed, kept, bus, NOW + minutes * MINUTE, pages=1)

    assert sorted(set(bus.refs), key=number_of) == refs(
        listed, NOW - HELD_FOR_LONG - 30 * MINUTE, NOW - HELD_FOR_LONG + 19 * MINUTE
    )


def test_a_hold_of_the_first_second_is_listed_and_one_of_the_last_is_of_the_next_time(house: House) -> None:
    held(house)
    placed_at = datetime.fromtimestamp(house.stripe.intents()[0].created, UTC)
    stripe = StripeHoldList(house.stripe.ours)

    assert [
        stripe.placed(*span).seen for span in ((placed_at - SECOND, placed_at), (placed_at, placed_at + SECOND))
    ] == [0, 1]
