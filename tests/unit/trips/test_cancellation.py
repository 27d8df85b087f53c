from datetime import timedelta

import pytest

from rideflow.kernel.sealing import SealedText
from rideflow.markets.rules import CancellationRules
from rideflow.trips import cancellation
from rideflow.trips.approach import Approach, judged
from rideflow.trips.cancellation import CARD_DECLINED, NO_SHOW, PAYMENT_UNAVAILABLE
from rideflow.trips.errors import TripConflictError
from rideflow.trips.evidence import Seen
from rideflow.trips.model import Change, TripState
from tests.market_data import SAN_FRANCISCO
from tests.unit.trips.trips import DRIVER, NOW, trip_in

RULES = CancellationRules(cancellation_fee_minor=500, cancellation_grace_s=120, no_show_after_s=300)
COMING = ("driver_assigned", "driver_arrived")
OVER = ("in_progress", "completed", "paid", "payment_failed", "no_driver_found")


CITY = "san_francisco"
AT_THE_PICKUP = Seen(distance_m=90, tolerance_m=100)


def cancelled(
    who: str,
    state: str,
    ago_s: float,
    quoted_amount_minor: int = 1840,
    *,
    told_ago_s: float | None = None,
    arrival_distance_m: int | None = 20,
    seen: Seen | None = AT_THE_PICKUP,
) -> Change | None:
    """Cancel a trip that entered its state `ago_s` ago, with an arrival that was reported `told_ago_s` ago."""
    then = NOW - timedelta(seconds=ago_s)
    with_driver = state not in {"requested", "matching"}
    trip = trip_in(
        TripState(state),
        assigned_at=then if with_driver else None,
        arrived_at=then if with_driver else None,
        arrival_told_at=NOW - timedelta(seconds=ago_s if told_ago_s is None else told_ago_s) if with_driver else None,
        arrival_distance_m=arrival_distance_m if with_driver else None,
        requested_at=then,
        quoted_amount_minor=quoted_amount_minor,
    )
    match who:
        case "rider":
            near, came = SAN_FRANCISCO.rules.arrival, SAN_FRANCISCO.rules.approach
            judgement = judged(trip, NOW, Approach(), rules=RULES, near=near, came=came)
            return cancellation.cancelled_by_rider(trip, SealedText("rain"), NOW, RULES, judgement)
        case "driver":
            return cancellation.cancelled_by_driver(trip, DRIVER, SealedText("flat tyre"), NOW, RULES, seen=seen)
        case _:
            return cancellation.cancelled_by_platform(trip, "not_matched_in_time", NOW)


@pytest.mark.parametrize(
    ("who", "states", "ago_s", "then", "fee_minor"),
    [
        ("rider", ("requested", "matching"), 0, "cancelled", 0),
        ("rider", ("requested", "matching"), 9999, "cancelled", 0),
        ("rider", COMING, 0, "cancelled", 0),
        ("rider", COMING, 120, "cancelled", 0),
        ("rider", ("driver_arrived",), 120.001, "cancelled", 500),
        ("rider", ("driver_assigned",), 120.001, "cancelled", 0),
        ("driver", ("driver_assigned",), 9999, "matching", 0),
        ("driver", ("driver_arrived",), 299.999, "matching", 0),
        ("driver", ("driver_arrived",), 300, "cancelled", 500),
        ("platform", ("requested", "matching", *COMING), 9999, "cancelled", 0),
    ],
)
def test_the_outcome_and_fee_of_a_cancellation(
    who: str, states: tuple[str, ...], ago_s: float, then: str, fee_minor: int
) -> None:
    for state in states:
        change = cancelled(who, state, ago_s)

        assert change is not None
        assert (change.trip.state, change.trip.cancellation_fee_minor) == (then, fee_minor)
        assert (change.trip.cancelled_by, change.trip.ended_at) == ((who, NOW) if then == "cancelled" else (None, None))


@pytest.mark.parametrize("who", ["rider", "driver", "platform"])
def test_a_cancelled_trip_stays_so_and_a_running_or_ended_one_cannot_be_cancelled(who: str) -> None:
    assert cancelled(who, "cancelled", 9999) is None
    for state in OVER:
        with pytest.raises(TripConflictError):
            cancelled(who, state, 9999)


@pytest.mark.parametrize("told_ago_s", [0, 299.999])
def test_a_rider_who_was_told_of_the_arrival_late_has_the_no_show_time_from_then_on(told_ago_s: float) -> None:
    change, later = (cancelled("driver", "driver_arrived", 1200, told_ago_s=s) for s in (told_ago_s, 300))

    assert change is not None
    assert later is not None
    assert (change.trip.state, change.trip.cancellation_fee_minor) == ("matching", 0)
    assert (later.trip.state, later.trip.cancellation_fee_minor) == ("cancelled", 500)


def test_an_arrival_from_before_it_was_kept_when_it_was_told_counts_from_the_arrival() -> None:
    five_minutes_ago = NOW - timedelta(seconds=300)
    trip = trip_in(TripState.DRIVER_ARRIVED, arrived_at=five_minutes_ago, arrival_told_at=None)

    assert cancellation.no_show_is_due(trip, NOW, RULES)
    assert not cancellation.no_show_is_due(trip, NOW - timedelta(seconds=1), RULES)


@pytest.mark.parametrize("seen", [None, Seen(distance_m=101, tolerance_m=100), Seen(distance_m=900, tolerance_m=100)])
def test_there_is_no_no_show_without_the_driver_at_the_pickup(seen: Seen | None) -> None:
    change = cancelled("driver", "driver_arrived", 9999, seen=seen)

    assert change is not None
    assert (change.trip.state, change.trip.cancellation_fee_minor) == ("matching", 0)


@pytest.mark.parametrize("ago_s", [300, 9999])
def test_there_is_no_no_show_without_an_arrival_that_was_believed(ago_s: float) -> None:
    change = cancelled("driver", "driver_arrived", ago_s, arrival_distance_m=None)

    assert change is not None
    assert (change.trip.state, change.trip.cancellation_fee_minor) == ("matching", 0)


def test_a_cancellation_names_fault_rule_and_evidence() -> None:
    no_show, by_rider = cancelled("driver", "driver_arrived", 300), cancelled("rider", "driver_arrived", 300)
    by_us = cancelled("platform", "matching", 300)

    assert no_show is not None
    assert by_rider is not None
    assert by_us is not None
    found = [(change.trip.cancel_verdict, change.trip.cancel_rule) for change in (no_show, by_rider, by_us)]
    assert found == [("rider", NO_SHOW), ("rider", "driver_arrived"), ("nobody", "not_matched_in_time")]
    assert no_show.entry.data["evidence"] == {"arrival_distance_m": 20, "distance_m": 90}
    assert by_rider.entry.data["evidence"] == {"arrival_distance_m": 20}
    assert (by_rider.entry.data["cancel_verdict"], by_rider.entry.data["cancel_rule"]) == ("rider", "driver_arrived")


def test_a_trip_that_its_driver_hands_back_forgets_the_arrival() -> None:
    change = cancelled("driver", "driver_arrived", 10)

    assert change is not None
    assert (change.trip.arrived_at, change.trip.arrival_told_at, change.trip.arrival_distance_m) == (None, None, None)


def test_the_fee_is_never_more_than_the_ride() -> None:
    change = cancelled("rider", "driver_arrived", 9999, quoted_amount_minor=320)

    assert change is not None
    assert change.trip.cancellation_fee_minor == 320


def test_a_no_show_is_one_although_the_driver_gives_another_reason() -> None:
    change = cancelled("driver", "driver_arrived", 301)

    assert change is not None
    assert (change.trip.cancel_reason, change.entry.actor_id) == (NO_SHOW, DRIVER)


def test_a_trip_that_is_handed_back_keeps_nothing_of_its_driver() -> None:
    locked = trip_in(TripState.DRIVER_ARRIVED, pin_attempts=4, pin_locked_until=NOW + timedelta(minutes=5))

    change = cancellation.cancelled_by_driver(locked, DRIVER, SealedText("flat tyre"), NOW, RULES)

    assert change is not None
    trip = change.trip
    assert (trip.driver_id, trip.vehicle_id, trip.vehicle) == (None, None, None)
    assert (trip.assigned_at, trip.arrived_at) == (None, None)
    assert (trip.pin_attempts, trip.pin_locked_until) == (0, None)
    assert (trip.matching_at, trip.cancel_reason) == (NOW, None)
    assert (change.entry.actor_id, change.entry.data["reason"]) == (DRIVER, "flat tyre")


def test_only_a_trip_whose_money_is_not_held_is_rejected_for_it() -> None:
    for reason in (CARD_DECLINED, PAYMENT_UNAVAILABLE):
        change = cancellation.rejected_for_payment(trip_in(TripState.REQUESTED), reason, NOW)

        assert change is not None
        assert (change.trip.cancelled_by, change.trip.cancel_reason) == ("platform", reason)
        assert (change.trip.cancel_verdict, change.trip.cancel_rule) == ("nobody", reason)
        with pytest.raises(TripConflictError):
            cancellation.rejected_for_payment(trip_in(TripState.MATCHING), reason, NOW)


def test_the_city_that_is_served_has_its_rules() -> None:
    rules = SAN_FRANCISCO.rules.cancellation

    assert (rules.grace, rules.no_show_after) == (timedelta(minutes=2), timedelta(minutes=5))
