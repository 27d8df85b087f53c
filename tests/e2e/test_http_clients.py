"""The deployed API as HTTP clients, browsers and proxies see it."""

import json
from collections.abc import AsyncIterator
from uuid import uuid4

import httpx
import pytest

from infra.stages import LOCAL
from tests.e2e.city import DROPOFF, PICKUP, City
from tests.e2e.phone import Phone

WEB_APP = LOCAL.web_origins[0]
STRANGER = "https://evil.example"


@pytest.fixture
async def rider(city: City) -> Phone:
    return await city.rider()


@pytest.fixture
async def web(city: City, rider: Phone) -> AsyncIterator[httpx.AsyncClient]:
    """A signed-in client without the further headers of our own client."""
    headers = {"Authorization": f"Bearer {rider.account.token}"}
    async with httpx.AsyncClient(base_url=city.record.rest_url, timeout=60, headers=headers) as client:
        yield client


def _assert_problem(answer: httpx.Response, status: int, code: str) -> httpx.Headers:
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), answer.text
    assert (answer.json()["status"], answer.json()["code"]) == (status, code)
    return answer.headers


BODIES = {
    "5,000 digits": b'{"quote_id": ' + b"9" * 5000 + b"}",
    "30,000 arrays": b"[" * 30_000,
    "half a surrogate pair": b'{"quote_id": "\\ud800"}',
    "a NUL": b'{"quote_id": "\\u0000"}',
    "no UTF-8": b'{"quote_id": "\xff\xfe"}',
    "not a number": b'{"quote_id": NaN}',
    "a name twice": b'{"quote_id": "a", "quote_id": "b"}',
    "compressed": b"\x1f\x8b\x08\x00\x00",
    "an array": b"[]",
    "nothing": b"",
    "null": b"null",
    "a form": b"quote_id=1",
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
async def test_no_body_is_a_fault_of_ours(web: httpx.AsyncClient, body: bytes) -> None:
    for kind, coding in (
        ("application/json", "identity"), ("application/json", "gzip"), ("text/xml", "br"),
        ("application/x-www-form-urlencoded", "identity"), ("multipart/form-data", "identity"),
        ("multipart/form-data; boundary=x", "identity"),
    ):  # fmt: skip
        headers = {"Content-Type": kind, "Content-Encoding": coding, "Idempotency-Key": str(uuid4())}
        for path in ("/v1/trips", "/v1/auth/login", "/v1/webhooks/stripe"):
            answer = await web.post(path, content=body, headers=headers)
            assert 400 <= answer.status_code < 500, (kind, path, answer.text)
            assert answer.json()["status"] == answer.status_code, (kind, path)


async def test_curl_without_a_content_type_is_told_which_to_send(web: httpx.AsyncClient) -> None:
    wish = {"pickup": PICKUP.model_dump(), "dropoff": DROPOFF.model_dump(), "product": "economy"}
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Idempotency-Key": str(uuid4())}
    refused = await web.post("/v1/quotes", content=json.dumps(wish), headers=headers)

    _assert_problem(refused, 415, "unsupported_media_type")
    assert "Content-Type: application/json" in refused.json()["detail"]
    without = httpx.Request("POST", web.base_url.join("v1/quotes"), content=json.dumps(wish))
    without.headers.update({"Authorization": web.headers["Authorization"], "Idempotency-Key": str(uuid4())})
    assert (await web.send(without)).status_code == 201


async def test_another_method_is_told_those_that_are_served(web: httpx.AsyncClient) -> None:
    for kind in ("application/json", "application/json; charset=utf-8", "application/x-www-form-urlencoded"):
        refused = await web.put("/v1/trips", content=b"{}", headers={"Content-Type": kind})
        assert _assert_problem(refused, 405, "method_not_allowed")["allow"] == "GET, HEAD, OPTIONS, POST"
    _assert_problem(await web.delete(f"/v1/trips/{uuid4()}"), 405, "method_not_allowed")


@pytest.mark.parametrize("path", ["/v1/nothing", "/v1/auth", "/v1", "/", "/v1/trips/a/b/c/d", "/v2/trips"])
async def test_an_address_without_anything_is_not_found(web: httpx.AsyncClient, path: str) -> None:
    for method in ("GET", "POST", "PATCH"):
        _assert_problem(await web.request(method, path), 404, "not_found")


async def test_a_polled_answer_is_sent_once(city: City, rider: Phone, web: httpx.AsyncClient) -> None:
    trip_id = await city.request(rider)
    await city.rows("select 1")
    for path in (f"/v1/trips/{trip_id}", "/v1/trips", "/v1/riders/me", "/v1/riders/me/cards"):
        first = await web.get(path)
        assert (first.status_code, first.headers["cache-control"]) == (200, "private, no-cache")
        headed = await web.head(path)
        assert (headed.status_code, headed.content) == (200, b"")
    again = await web.get("/v1/riders/me", headers={"If-None-Match": (await web.get("/v1/riders/me")).headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


async def test_a_caller_without_sign_in_is_told_how_to_sign_in(web: httpx.AsyncClient) -> None:
    for token in ("Bearer nonsense", ""):
        refused = await web.get("/v1/trips", headers={"Authorization": token})
        headers = _assert_problem(refused, 401, "unauthenticated")
        assert headers["www-authenticate"].startswith("Bearer")
        assert headers["cache-control"] == "no-store"


async def test_a_browser_may_call_from_our_web_apps_alone(web: httpx.AsyncClient) -> None:
    asking = {
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,idempotency-key",
    }
    for origin, allowed in ((WEB_APP, WEB_APP), (STRANGER, None)):
        preflight = await web.options("/v1/trips", headers={"Origin": origin, **asking})
        assert (preflight.status_code, preflight.content) == (204, b"")
        assert "POST" in preflight.headers["access-control-allow-methods"]
        assert "Idempotency-Key" in preflight.headers["access-control-allow-headers"]
        got = await web.get("/v1/trips", headers={"Origin": origin})
        refused = await web.get(f"/v1/trips/{uuid4()}", headers={"Origin": origin})
        other = await web.put("/v1/trips", headers={"Origin": origin})
        for answer in (preflight, got, refused, other):
            assert answer.headers.get("access-control-allow-origin") == allowed, answer.request
            assert answer.headers["vary"] == "Origin"
    unauthorized = await web.get("/v1/trips", headers={"Origin": WEB_APP, "Authorization": "Bearer x"})
    assert unauthorized.headers["access-control-allow-origin"] == "*"


async def test_a_webhook_that_nobody_signed_is_refused_whatever_its_size(web: httpx.AsyncClient) -> None:
    for size in (10, 200 * 1024, 3 * 1024 * 1024):
        headers = {b"Stripe-Signature": "t=1,v1=é".encode()}
        answer = await web.post("/v1/webhooks/stripe", content=b"x" * size, headers=headers)
        assert answer.status_code in {400, 413}


@pytest.mark.parametrize("path", ["/v1/trips/%00", "/v1/trips/%FF", "/v1/trips/%ED%A0%80", "/v1/trips/a%0Ab"])
async def test_no_address_is_a_fault_of_ours(web: httpx.AsyncClient, path: str) -> None:
    answer = await web.get(path)
    assert 400 <= answer.status_code < 500
    assert answer.json()["status"] == answer.status_code


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=9999",
        "limit=" + "9" * 5000,
        "limit=1&limit=2",
        "cursor=%00",
        "cursor=%FF",
        "cursor=é",
        "limit=NaN",
    ],
)
async def test_no_query_is_a_fault_of_ours(web: httpx.AsyncClient, query: str) -> None:
    answer = await web.get(f"/v1/trips?{query}")
    assert 400 <= answer.status_code < 500
    assert answer.json()["status"] == answer.status_code
