"""Reasons for which an accept did not win: the table of `rideflow.dispatch.model.refusal`."""

from itertools import product
from typing import get_args

import pytest

from rideflow.dispatch.model import OfferState, Outcome
from rideflow.dispatch.refusals import LostOffer, refusal

WAITS = {
    "outcome": None,
    "trip_state": "matching",
    "is_over": False,
    "drives_this_trip": False,
    "drives_another": False,
    "promised_another": False,
    "is_online": True,
}


@pytest.mark.parametrize(
    ("lost", "code"),
    [
        ({"state": "open", "is_over": True}, "offer_expired"),
        ({"state": "open", "is_over": True, "drives_another": True}, "already_on_trip"),
        ({"state": "open", "trip_state": None}, "trip_ended"),
        ({"state": "expired"}, "offer_expired"),
        ({"state": "declined"}, "offer_declined"),
        ({"state": "withdrawn"}, "offer_withdrawn"),
        ({"state": "withdrawn", "outcome": "assigned", "trip_state": "driver_assigned"}, "trip_taken"),
        ({"state": "expired", "outcome": "assigned", "trip_state": "in_progress"}, "trip_taken"),
        ({"state": "withdrawn", "outcome": "cancelled", "trip_state": None}, "trip_ended"),
        ({"state": "accepted"}, "trip_ended"),
        ({"state": "open", "is_online": False}, "driver_offline"),
        ({"state": "open", "is_online": True}, "driver_offline"),
        ({"state": "open", "promised_another": True}, "already_promised"),
        ({"state": "open", "promised_another": True, "is_over": True}, "offer_expired"),
        ({"state": "withdrawn", "is_online": False}, "driver_offline"),
        ({"state": "declined", "is_online": False}, "offer_declined"),
        ({"state": "withdrawn", "outcome": "cancelled", "trip_state": None, "is_online": False}, "trip_ended"),
    ],
)
def test_the_reason_is_the_nearest_to_the_driver(lost: dict[str, object], code: str) -> None:
    found = refusal(LostOffer(**{**WAITS, **lost}))  # type: ignore[arg-type]

    assert found is not None
    assert found.code == code


def test_a_winners_repeat_is_no_refusal_and_a_driver_without_an_offer_learns_nothing_of_the_trip() -> None:
    never = refusal(None)

    assert refusal(LostOffer(**{**WAITS, "state": "accepted", "drives_this_trip": True})) is None  # type: ignore[arg-type]
    assert never is not None
    assert never.code == "offer_not_found"


def test_every_other_offer_has_a_reason() -> None:
    for state, outcome, trip_state in product(
        get_args(OfferState), (None, *get_args(Outcome)), (None, "matching", "driver_assigned")
    ):
        lost = LostOffer(**{**WAITS, "state": state, "outcome": outcome, "trip_state": trip_state})
        assert refusal(lost) is not None
