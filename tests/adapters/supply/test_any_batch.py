"""Whatever a phone sends, in whatever order and pieces: a verdict for each position, and one wrong fix blocks none."""

from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rideflow.supply.position import Position, Verdict
from tests.adapters.supply.street import CORNER, DEGREE_M, ZONE, Street

drawn = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

ANYWHERE = st.builds(
    Position,
    lat=st.one_of(st.sampled_from([0.0, 90.0, -90.0, 5e-324]), st.floats(37.6, 37.9)),
    lng=st.one_of(st.sampled_from([0.0, 180.0, -180.0]), st.floats(-122.5, -122.3)),
    recorded_at=st.one_of(
        st.sampled_from([datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)]),
        st.integers(-120, 20).map(lambda seconds: datetime(2026, 10, 1, 18, tzinfo=UTC) + timedelta(seconds=seconds)),
    ),
    heading_deg=st.one_of(st.none(), st.floats(-1e308, 360)),
    speed_mps=st.one_of(st.none(), st.floats(-1, 1000)),
    accuracy_m=st.one_of(st.none(), st.floats(-1, 100_000)),
)


@drawn
@given(
    batches=st.lists(st.lists(st.one_of(st.none(), ANYWHERE), max_size=8), min_size=1, max_size=6),
    on_trip=st.booleans(),
    sent_at=st.one_of(st.none(), st.datetimes(timezones=st.just(UTC))),
)
def test_every_position_has_a_verdict_and_the_next_right_ones_are_believed(
    street: Street, batches: list[list[Position | None]], on_trip: bool, sent_at: datetime | None
) -> None:
    street.now = datetime(2026, 10, 1, 18, tzinfo=UTC)
    driver = street.driver()
    trip = street.trip("in_progress", driver_id=driver) if on_trip else None
    for batch in batches:
        street.passes(1)
        verdicts = street.sends(driver, *batch, sent_at=sent_at).verdicts
        assert len(verdicts) == len(batch)
        assert set(verdicts) <= set(get_args(Verdict))
        street.heartbeats.sweep()

    street.passes(30)  # what was believed of the future is over
    told: list[str] = []
    for number in range(6):
        street.passes(4)
        told += street.sends(driver, street.position(40 * number), sent_at=street.now).verdicts

    assert told[-3:] == ["accepted"] * 3
    assert street.lost() == []
    if trip is not None:
        times = [point.recorded_ms for point in street.index.trails.path(ZONE, driver, trip)]
        assert times == sorted(set(times))


@drawn
@given(data=st.data(), number=st.integers(3, 12), known=st.booleans(), on_trip=st.booleans())
def test_a_batch_in_any_order_with_one_wrong_fix_counts_but_for_that_one(
    street: Street, data: Any, number: int, known: bool, on_trip: bool
) -> None:
    driver = street.driver()
    trip = street.trip("in_progress", driver_id=driver) if on_trip else None
    if known:
        street.at(driver, 0)
    batch = []
    for step in range(1, number + 1):
        street.passes(4)
        batch.append(street.position(40 * step))
    wrong = data.draw(st.integers(0, number - 1))
    batch[wrong] = batch[wrong].model_copy(update={"lat": CORNER.lat + data.draw(st.floats(5_000, 25_000)) / DEGREE_M})
    order = data.draw(st.permutations(range(number)))

    told = street.sends(driver, *(batch[index] for index in order))

    assert told.verdicts == tuple("impossible_speed" if index == wrong else "accepted" for index in order)
    assert told.matchable != on_trip
    if trip is not None:
        assert len(street.index.trails.path(ZONE, driver, trip)) == number - 1 + known


@drawn
@given(data=st.data(), number=st.integers(4, 15))
def test_a_way_sent_in_any_pieces_and_order_while_on_a_trip_ends_as_the_whole_path(
    street: Street, data: Any, number: int
) -> None:
    driver = street.driver()
    trip = street.trip("in_progress", driver_id=driver)
    way = []
    for step in range(number):
        street.passes(4)
        way.append(street.position(40 * step))
    order = data.draw(st.permutations(way))

    while order:
        size = data.draw(st.integers(1, len(order)))
        piece, order = order[:size], order[size:]
        assert set(street.sends(driver, *piece).verdicts) <= {"accepted", "late", "duplicate"}

    points = street.index.trails.path(ZONE, driver, trip)
    assert [round((point.lat - CORNER.lat) * DEGREE_M) for point in points] == [40 * step for step in range(number)]


@pytest.mark.parametrize("size", [1, 2, 50, 200])
def test_a_batch_of_any_size_is_one_round_trip(street: Street, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    driver = street.driver()
    street.trip("in_progress", driver_id=driver)
    street.at(driver, 0)
    street.passes(4 * size)
    calls: list[Any] = []
    execute: Any = street.redis.execute_command

    def counted(*call: Any, **more: Any) -> Any:
        calls.append(call[0])
        return execute(*call, **more)

    monkeypatch.setattr(street.redis, "execute_command", counted)
    kept = [street.position(40 * n, at=street.now - timedelta(seconds=4 * (size - n))) for n in range(1, size + 1)]

    first = street.sends(driver, *kept[::2])
    second = street.sends(driver, *kept[1::2], *kept[::2])

    assert set(first.verdicts) == {"accepted"}
    assert set(second.verdicts) <= {"accepted", "late", "duplicate"}
    assert calls == ["EVALSHA"] * 2
