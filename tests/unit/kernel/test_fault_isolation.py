"""A row that fails does not affect the others, and is reported."""

from collections.abc import Callable
from operator import itemgetter
from typing import Any

import pytest

from rideflow.kernel.errors import ConflictError, UnavailableError
from rideflow.kernel.fault_isolation import isolated, readable
from rideflow.kernel.observability import logger
from rideflow.kernel.ride_requirements import Needs, RideRequirements

ROWS: list[dict[str, Any]] = [
    {"id": 1, "size": "4"},
    {"id": 2, "size": "four"},
    {"id": 3},
    {"id": 4, "size": None},
    {"id": 5, "size": 5},
]


type Told = Callable[[], list[str]]


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Told:
    """The logged rows; each was counted as well."""
    rows: list[str] = []
    monkeypatch.setattr(logger, "exception", lambda _, extra: rows.append(f"{extra['what']} {extra['row']}"))

    def logged() -> list[str]:
        counted = capfd.readouterr().out
        assert counted.count('"RowSkipped":[1.0]') == len(rows)
        assert counted.count('"Dimensions":[["service"]]') == len(rows)  # as the alarm watches it
        return rows

    return logged


@pytest.mark.parametrize("trouble", [ValueError("a row"), ConflictError("of another"), RuntimeError(), KeyError("id")])
def test_after_one_in_trouble_come_the_others(trouble: Exception, told: Told) -> None:
    done = []
    for row_id in (1, 2, 3):
        with isolated("trip", row_id):
            if row_id == 2:
                raise trouble
            done.append(row_id)

    assert done == [1, 3]
    assert told() == ["trip 2"]


def test_a_store_that_does_not_answer_ends_the_run() -> None:
    with pytest.raises(UnavailableError), isolated("trip", 1):
        raise UnavailableError("Not now.")


def test_a_store_of_its_own_that_does_not_answer_is_told_at_the_end_and_keeps_no_other_waiting(told: Told) -> None:
    unanswered: list[UnavailableError] = []
    done = []
    for zone in ("north", "south"):
        with isolated("zone", zone, unanswered):
            if zone == "north":
                raise UnavailableError("Not now.")
            done.append(zone)

    assert (done, [error.detail for error in unanswered]) == (["south"], ["Not now."])
    assert told() == []


def test_rows_that_cannot_be_read_are_left_out(told: Told) -> None:
    assert readable(ROWS, lambda row: int(row["size"]), "parcel", itemgetter("id")) == [4, 5]

    assert told() == ["parcel 2", "parcel 3", "parcel 4"]


def test_a_row_of_newer_code_cannot_be_read_by_any_reader() -> None:
    newer: list[dict[str, Any]] = [{"id": 1, "quiet": True}]

    assert readable(newer, lambda row: RideRequirements(**row), "request", itemgetter("id")) == []
    assert readable(newer, Needs.model_validate, "trip", itemgetter("id")) == []
