"""Invalid requests are refused with the reason, and nothing is stored."""

import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
import websockets

from simulation.api import ApiProblemError
from tests.e2e.city import DROPOFF, PICKUP, City
from tests.e2e.phone import Phone

WISH = {"pickup": PICKUP.model_dump(), "dropoff": DROPOFF.model_dump(), "product": "economy"}


@pytest.fixture
async def rider(city: City) -> Phone:
    return await city.rider()


@pytest.fixture
async def raw(city: City) -> AsyncIterator[httpx.AsyncClient]:
    """A plain HTTP client."""
    async with httpx.AsyncClient(base_url=city.record.rest_url, timeout=60) as client:
        yield client


def _headers(rider: Phone) -> dict[str, str]:
    return {
        "Authorization": f"Bearer {rider.account.token}",
        "Idempotency-Key": str(uuid4()),
        "Content-Type": "application/json",
    }


async def _quotes(city: City, rider: Phone) -> int:
    return int((await city.rows("select count(*) as n from quotes where rider_id = %s", rider.person_id))[0]["n"])


@pytest.mark.parametrize(
    ("body", "status", "code", "field"),
    [
        ('{"pickup":', 400, "malformed_request", None),
        (json.dumps({**WISH, "colour": "red"}), 422, "invalid_input", "colour"),
        (json.dumps({**WISH, "pickup": {"lat": 91, "lng": 0}}), 422, "invalid_input", "pickup.lat"),
        (json.dumps({**WISH, "pickup": {"lat": 1e400, "lng": 0}}), 422, "invalid_input", "pickup.lat"),
        (json.dumps({**WISH, "pickup": {"lat": 48.85, "lng": 2.35}}), 422, "outside_service_area", "pickup"),
        (json.dumps({**WISH, "product": "'; drop table trips; --"}), 422, "invalid_input", "product"),
        (json.dumps({**WISH, "product": "redis.call('FLUSHALL')"}), 422, "invalid_input", "product"),
        (json.dumps({**WISH, "note": "x" * 1_000_000}), 413, "too_large", None),
    ],
    ids=["malformed", "unknown field", "out of range", "huge", "not served", "sql", "lua", "one megabyte"],
)
async def test_a_bad_quote_request_is_refused(
    city: City, rider: Phone, raw: httpx.AsyncClient, body: str, status: int, code: str, field: str | None
) -> None:
    before = await _quotes(city, rider)
    answer = await raw.post("/v1/quotes", content=body, headers=_headers(rider))
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (status, code), problem
    assert answer.headers["content-type"] == "application/problem+json"
    assert field in ([error["field"] for error in problem.get("errors", [])] or [None])
    assert await _quotes(city, rider) == before


async def test_an_expired_quote_is_refused(city: City, rider: Phone) -> None:
    quote = await city.quote(rider)
    await city.rows(
        "update quotes set created_at = created_at - interval '3 minutes', expires_at = expires_at - interval"
        " '3 minutes' where id = %s returning id",
        quote["id"],
    )
    with pytest.raises(ApiProblemError) as refused:
        await rider.api.post("/v1/trips", {"quote_id": quote["id"]})
    assert refused.value.code == "quote_expired"
    assert await city.rows("select 1 from trips where quote_id = %s", quote["id"]) == []


async def test_another_riders_quote_does_not_exist(city: City, rider: Phone) -> None:
    other = await city.rider()
    quote = await city.quote(other)
    with pytest.raises(ApiProblemError) as refused:
        await rider.api.post("/v1/trips", {"quote_id": quote["id"]})
    assert (refused.value.status, refused.value.code) == (404, "quote_not_found")


async def test_somebody_elses_trip_does_not_exist(city: City, rider: Phone) -> None:
    other = await city.rider()
    trip_id = await city.request(other)
    for call in (rider.api.get(f"/v1/trips/{trip_id}"), rider.api.post(f"/v1/trips/{trip_id}/cancel")):
        with pytest.raises(ApiProblemError) as refused:
            await call
        assert (refused.value.status, refused.value.code) == (404, "trip_not_found")


async def test_the_wrong_role_is_refused(city: City, rider: Phone) -> None:
    for call in (
        rider.api.post("/v1/drivers/me/online", {"vehicle_id": str(uuid4()), **PICKUP.model_dump()}),
        rider.api.post(f"/v1/drivers/{uuid4()}/verify"),
    ):
        with pytest.raises(ApiProblemError) as refused:
            await call
        assert (refused.value.status, refused.value.code) == (403, "permission_missing")


@pytest.mark.parametrize(
    "break_token",
    [lambda _: "none", lambda _: "x.y.z", lambda token: token[:-6] + "AAAAAA", lambda token: token + "x"],
    ids=["none", "nonsense", "forged", "longer"],
)
async def test_a_token_that_is_not_good_is_refused(rider: Phone, raw: httpx.AsyncClient, break_token: Any) -> None:
    headers = {**_headers(rider), "Authorization": f"Bearer {break_token(rider.account.token)}"}
    answer = await raw.get("/v1/riders/me", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")


async def test_a_forged_token_opens_no_live_connection(city: City, rider: Phone) -> None:
    forged = rider.account.token[:-6] + "AAAAAA"
    with pytest.raises(websockets.InvalidStatus) as refused:
        await websockets.connect(city.record.websocket_url, additional_headers={"Authorization": f"Bearer {forged}"})
    assert refused.value.response.status_code in {401, 403}


async def test_an_unknown_action_is_answered_with_a_problem(rider: Phone) -> None:
    await rider.send("dance", request_id="7f9c")
    problem = await rider.expect("problem")
    assert (problem["data"]["code"], problem["data"]["action"]) == ("unknown_action", "dance")
    assert problem["request_id"] == problem["data"]["request_id"] == "7f9c"


async def test_a_bad_position_is_refused_and_moves_nobody(city: City) -> None:
    driver = await city.driver()
    await driver.send("location", lat=91, lng=0, recorded_at="2026-01-01T00:00:00Z")
    problem = await driver.expect("problem")
    assert problem["data"]["errors"][0]["field"] == "lat"
