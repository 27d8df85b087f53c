from typing import Literal

import pytest

from rideflow.kernel.changes import Transition, next_state, until_saved
from rideflow.kernel.errors import ConflictError

type Light = Literal["red", "amber", "green"]

GO = Transition[Light](frozenset({"red", "amber"}), "green", frozenset({"green"}), "Went")
BLINK = Transition[Light](frozenset({"amber"}), None, frozenset(), "Blinked")


def refusal() -> ConflictError:
    return ConflictError("The light does not allow it.")


@pytest.mark.parametrize(
    ("transition", "state", "then"),
    [(GO, "red", "green"), (GO, "amber", "green"), (GO, "green", None), (BLINK, "amber", "amber")],
)
def test_an_operation_leads_to_its_state_stays_or_has_happened(
    transition: Transition[Light], state: Light, then: Light | None
) -> None:
    assert next_state(transition, state, refusal) == then


@pytest.mark.parametrize("state", ["red", "green"])
def test_an_operation_is_refused_in_a_state_that_its_row_does_not_name(state: Light) -> None:
    with pytest.raises(ConflictError, match="does not allow"):
        next_state(BLINK, state, refusal)


@pytest.mark.parametrize("saved_at", [1, 2, 8])
def test_a_change_is_tried_until_it_is_saved(saved_at: int) -> None:
    tries: list[int] = []

    def attempt() -> str | None:
        tries.append(1)
        return "" if len(tries) == saved_at else None

    assert until_saved(attempt, refusal) == ""
    assert len(tries) == saved_at


def test_a_change_that_others_always_outrun_is_given_up() -> None:
    tries: list[int] = []

    with pytest.raises(ConflictError):
        until_saved(lambda: tries.append(1), refusal)
    assert len(tries) == 8
