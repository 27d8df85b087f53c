"""Batches of positions: a verdict for each member, independent of the others."""

import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from functions.locations import record_position
from functions.supply import sweep_heartbeats
from tests.functions.dispatch.conftest import City
from tests.functions.lambda_events import LambdaContext, answer, websocket_event
from tests.functions.locations.phones import batch, nearby_drivers, position, sent

EVENTS = Path(__file__).parents[3] / "events" / "locations"


def test_a_batch_after_a_dead_spot(city: City) -> None:
    driver = city.phone("driver", city.street.driver())
    positions = [position(city, 10 * number, ago_s=40 - 4 * number) for number in range(10)]

    first, repeated = (batch(city, driver, [*positions, positions[3]]) for _ in range(2))

    assert (first.status, first.body["accepted"]) == (200, 10)
    assert sorted(first.body["verdicts"]) == ["accepted"] * 10 + ["duplicate"]
    assert (first.body["matchable"], first.body["clock_offset_s"], first.body["errors"]) == (True, None, [])
    assert repeated.body["accepted"] == 0


@pytest.mark.parametrize("positions", [[], {}, "here", None, 7, [{}] * 201, [{}] * 1000])
def test_a_message_that_is_no_batch_is_refused_whole(city: City, positions: Any) -> None:
    driver = city.phone("driver", city.street.driver())

    refused = batch(city, driver, positions)

    assert (refused.status, refused.code) == (422, "invalid_input")
    assert refused.body["errors"][0]["field"] == "positions"


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("nowhere", [{"lat": 0, "lng": 0}, {"lat": 89.99}, {"lng": 180}])
def test_a_point_outside_the_service_area_leaves_the_others_of_its_batch(
    city: City, nowhere: dict[str, float], first: bool
) -> None:
    driver = city.phone("driver", city.street.driver())
    wrong, right = {**position(city, ago_s=8 if first else 0), **nowhere}, position(city, 300, ago_s=4)

    told = batch(city, driver, [wrong, right])

    assert (told.status, told.body["verdicts"]) == (200, ["outside_service_area", "accepted"])
    assert told.body["matchable"]
    (car,) = nearby_drivers().body["drivers"]
    assert car["distance_m"] == pytest.approx(300, abs=1)


WRONG: list[tuple[Any, str]] = [
    ({"heading_deg": 400}, "heading_deg"),
    ({"lat": 95}, "lat"),
    ({"lng": -1e300}, "lng"),
    ({"lat": float("nan")}, "lat"),
    ({"lng": float("inf")}, "lng"),
    ({"heading_deg": float("nan")}, "heading_deg"),
    ({"speed_mps": float("-inf")}, "speed_mps"),
    ({"lat": 10**400}, "lat"),
    ({"lat": None}, "lat"),
    ({"recorded_at": None}, "recorded_at"),
    ({"recorded_at": 10**30}, "recorded_at"),
    ({"recorded_at": "10000-01-01T00:00:00Z"}, "recorded_at"),
    ({"recorded_at": "2026-02-30T00:00:00Z"}, "recorded_at"),
    ({"recorded_at": "2026-10-01T18:00:00"}, "recorded_at"),
    ({"altitude": 12}, "altitude"),
]


@pytest.mark.parametrize(("change", "field"), WRONG, ids=str)
def test_a_member_of_a_batch_that_is_no_position_is_told_so_and_leaves_the_others(
    city: City, change: dict[str, Any], field: str
) -> None:
    driver = city.phone("driver", city.street.driver())

    told = batch(city, driver, [position(city, ago_s=8), {**position(city, ago_s=4), **change}, position(city, 20)])

    assert (told.status, told.body["verdicts"]) == (200, ["accepted", "invalid", "accepted"])
    (error,) = told.body["errors"]
    assert (error["index"], error["field"]) == (1, field)
    assert error["code"]
    assert error["detail"]


@pytest.mark.parametrize("member", ["here", None, 7, [], {}, True])
def test_a_member_of_a_batch_that_is_no_object_is_told_so_and_leaves_the_others(city: City, member: Any) -> None:
    driver = city.phone("driver", city.street.driver())

    told = batch(city, driver, [member, position(city, 20), member])

    assert told.body["verdicts"] == ["invalid", "accepted", "invalid"]
    assert {error["index"] for error in told.body["errors"]} == {0, 2}


def test_a_batch_of_nothing_that_can_be_read_is_answered_member_by_member(city: City) -> None:
    driver = city.phone("driver", city.street.driver())

    told = batch(city, driver, [7, {**position(city), "lat": 0, "lng": 0}])

    assert (told.status, told.body["verdicts"]) == (200, ["invalid", "outside_service_area"])
    assert (told.body["accepted"], told.body["matchable"]) == (0, False)
    offline = city.phone("driver", city.street.driver(online=False))
    assert batch(city, offline, [7]).code == "driver_not_online"


def test_times_at_the_ends_of_the_calendar_are_verdicts(city: City) -> None:
    driver = city.phone("driver", city.street.driver())
    ends = [
        "0001-01-01T00:00:00+14:00",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59.999999Z",
        "9999-12-31T23:59:59-14:00",
    ]
    far = [{**position(city), "recorded_at": end} for end in ends]

    told = batch(city, driver, [*far, position(city, 20)])

    before, first, last, after, right = told.body["verdicts"]
    assert (first, last, right) == ("late", "future", "accepted")
    assert before in {"late", "invalid"}
    assert after in {"future", "invalid"}
    for end in ends:
        frame = answer(record_position.app, websocket_event("location", {**far[1], "sent_at": end}, driver))
        assert frame.status in {200, 422}
    sweep_heartbeats.app(json.loads((EVENTS.parent / "supply" / "sweep_heartbeats.json").read_text()), LambdaContext())
    assert batch(city, driver, [position(city, 30)]).status == 200


@pytest.mark.parametrize("unknown", [-1, -0.5, -1e300])
def test_the_values_that_phones_send_for_unknown_are_read_as_unknown(city: City, unknown: float) -> None:
    rider, driver = city.phone("rider", uuid4()), city.phone("driver", city.street.driver())
    trip = city.street.trip("in_progress", driver_id=driver.id, rider_id=rider.id)
    said = {"heading_deg": unknown, "speed_mps": unknown, "accuracy_m": unknown}

    told = batch(city, driver, [{**position(city, 10 * n, ago_s=8 - 4 * n), **(said if n else {})} for n in range(3)])

    assert told.body["verdicts"] == ["accepted"] * 3
    assert city.frames(rider, "driver.position")[-1]["heading_deg"] is None
    assert [point.accuracy_m for point in city.street.index.trails.path("sf-bay", driver.id, trip)] == [None] * 3
    assert sent(city, driver, 30, heading_deg=-1, accuracy_m=0).status == 200


def test_no_answer_is_longer_than_its_request(city: City) -> None:
    driver = city.phone("driver", city.street.driver())
    made_up = {f"member_{number}": 1 for number in range(25)}

    told = batch(city, driver, [*[{**position(city, ago_s=4), **made_up}] * 100, position(city, 20), 7])

    assert told.body["verdicts"] == ["invalid"] * 100 + ["accepted", "invalid"]
    assert {error["index"] for error in told.body["errors"]} == {*range(100), 101}
    assert len(told.body["errors"]) <= 200
    assert told.body["errors"][-1]["field"] == "position"
