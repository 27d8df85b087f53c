"""The REST API as an app calls it: what is repeated, with what, and for how long. The clock is the test's."""

from collections.abc import Sequence

import httpx
import pytest

from simulation import api
from simulation.api import Api, ApiProblemError

ASLEEP = httpx.Response(503, json={"code": "database_unavailable"}, headers={"Retry-After": "2"})
CREATED = httpx.Response(201, json={"id": "trip"})


class Service:
    """Gives these answers, the last one again and again; each takes a second."""

    def __init__(self, answers: Sequence[httpx.Response], monkeypatch: pytest.MonkeyPatch) -> None:
        self._answers = list(answers)
        self.asked: list[httpx.Request] = []
        self.waited: list[float] = []
        self.clock = 1_000.0
        monkeypatch.setattr(api, "_now", lambda: self.clock)
        monkeypatch.setattr(api, "_pause", self._pause)

    async def post(self) -> dict[str, object]:
        async with httpx.AsyncClient(transport=httpx.MockTransport(self._answer)) as client:
            return await Api("https://api.example", client, "token").post("/v1/trips", {"quote_id": "quote"})

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        self.clock += 1
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]

    async def _pause(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.clock += seconds


async def test_a_database_that_wakes_up_is_asked_again_with_the_same_key(monkeypatch: pytest.MonkeyPatch) -> None:
    service = Service([ASLEEP, ASLEEP, CREATED], monkeypatch)
    assert await service.post() == {"id": "trip"}
    assert service.waited == [2, 2]
    assert len({request.headers["Idempotency-Key"] for request in service.asked}) == 1
    assert {request.headers["Authorization"] for request in service.asked} == {"Bearer token"}
    assert {request.content for request in service.asked} == {service.asked[0].content}


@pytest.mark.parametrize(
    ("refresh_token", "renewed", "asked"),
    [
        ("refresh", httpx.Response(200, json={"access_token": "new"}), ["Bearer old", None, "Bearer new"]),
        ("refresh", httpx.Response(401, json={"code": "refresh_token_invalid"}), ["Bearer old", None]),
        (None, CREATED, ["Bearer old"]),
    ],
)
async def test_an_access_token_that_has_expired_is_replaced_by_the_refresh_token(
    refresh_token: str | None, renewed: httpx.Response, asked: list[str | None]
) -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        if request.url.path == "/v1/auth/refresh":
            return renewed
        is_new = request.headers["Authorization"] == "Bearer new"
        return CREATED if is_new else httpx.Response(401, json={"code": "unauthenticated"})

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
        call = Api("https://api.example", client).signed_in("old", refresh_token).post("/v1/trips")
        if len(asked) == 3:
            assert await call == {"id": "trip"}
        else:
            with pytest.raises(ApiProblemError):
                await call
    assert [request.headers.get("Authorization") for request in seen] == asked


async def test_one_that_does_not_wake_up_is_given_up_after_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    service = Service([ASLEEP], monkeypatch)
    with pytest.raises(ApiProblemError) as refused:
        await service.post()
    assert (refused.value.status, refused.value.code) == (503, "database_unavailable")
    assert 56 < service.clock - 1_000 <= 61, "the last call begins within the minute"


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(503, json={"code": "unavailable"}),
        httpx.Response(503, json={"code": "unavailable"}, headers={"Retry-After": "Fri, 31 Dec 1999 23:59:59 GMT"}),
        httpx.Response(429, json={"code": "rate_limited"}, headers={"Retry-After": "2"}),
        httpx.Response(409, json={"code": "trip_active"}),
    ],
    ids=["no time", "a date", "too many requests", "a conflict"],
)
async def test_whatever_else_is_refused_is_raised_at_once(
    monkeypatch: pytest.MonkeyPatch, answer: httpx.Response
) -> None:
    service = Service([answer, CREATED], monkeypatch)
    with pytest.raises(ApiProblemError):
        await service.post()
    assert len(service.asked) == 1
