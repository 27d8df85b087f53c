"""The web console on the deployed local cloud: its files, its link, and its origin at both APIs."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from urllib.parse import urljoin, urlsplit

import httpx
import pytest

from infra.constructs.other_methods import SENT_HEADERS
from local.commands.status import login_url
from tests.e2e.city import City

STRANGER = "https://evil.example"


def origin(url: str) -> str:
    return urlsplit(url)._replace(path="", fragment="").geturl()


@pytest.fixture
async def console(city: City) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=city.record.console_url, timeout=60) as client:
        yield client


async def test_the_page_and_everything_that_it_names_is_served(console: httpx.AsyncClient) -> None:
    page = await console.get("")
    named = re.findall(r'(?:src|href)="(\./[^"]+)"', page.text)

    assert page.headers["cache-control"] == "no-cache"
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert any(each.endswith(".js") for each in named)
    for each in named:
        answer = await console.get(urljoin(str(page.url), each))
        assert answer.status_code == 200, each
        assert answer.headers["cache-control"].endswith("immutable") == each.startswith("./assets/")


async def test_the_settings_lead_to_this_stack(console: httpx.AsyncClient, city: City) -> None:
    told = (await console.get("config.json")).json()

    assert (told["rest_url"], told["websocket_url"]) == (city.record.rest_url, city.record.websocket_url)
    assert told["stripe_url"] == city.record.stripe_url
    for market in told["markets"]:
        assert (await console.get(f"markets/{market}.json")).json()["id"] == market


async def test_pages_may_reach_the_addresses_of_their_settings_and_no_others(console: httpx.AsyncClient) -> None:
    told = (await console.get("config.json")).json()
    policy = (await console.get("")).headers["content-security-policy"]
    (connect,) = (part.split()[1:] for part in policy.split("; ") if part.startswith("connect-src"))

    assert set(connect) == {"'self'", *(origin(told[name]) for name in ("rest_url", "websocket_url", "stripe_url"))}


async def test_the_printed_link_signs_in_an_operator(city: City) -> None:
    link = login_url(city.record)
    assert link is not None
    address, _, token = link.partition("#signin=")
    assert address == city.record.console_url

    ours = {"Origin": origin(address)}
    async with httpx.AsyncClient(base_url=city.record.rest_url, timeout=60, headers=ours) as page:
        answer = await page.post("/v1/auth/refresh", json={"refresh_token": token})
        assert answer.headers["access-control-allow-origin"] == ours["Origin"]
        page.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        zones = await page.get("/v1/zones")
    assert (zones.status_code, zones.headers["access-control-allow-origin"]) == (200, ours["Origin"])


async def test_a_printed_link_works_until_its_session_signs_out(city: City) -> None:
    token = str(login_url(city.record)).partition("#signin=")[2]

    async with httpx.AsyncClient(base_url=city.record.rest_url, timeout=60) as page:
        answers = [await page.post("/v1/auth/refresh", json={"refresh_token": token}) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [200, 200]
        signed_in = {"Authorization": f"Bearer {answers[0].json()['access_token']}"}
        await page.post("/v1/auth/logout", json={"refresh_token": token}, headers=signed_in)
        refused = await page.post("/v1/auth/refresh", json={"refresh_token": token})
    assert refused.status_code == 401


@pytest.mark.parametrize("path", ["/v1/auth/refresh", "/v1/trips", "/v1/zones"])
async def test_the_consoles_origin_may_send_all_of_its_headers(city: City, path: str) -> None:
    asked = {
        "Origin": origin(city.record.console_url),
        "Access-Control-Request-Method": "GET" if path == "/v1/zones" else "POST",
        "Access-Control-Request-Headers": ",".join(sorted(each.lower() for each in SENT_HEADERS)),
    }
    async with httpx.AsyncClient(base_url=city.record.rest_url, timeout=60) as client:
        answer = await client.options(path, headers=asked)
        strangers = await client.options(path, headers=asked | {"Origin": STRANGER})

    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == asked["Origin"]
    assert asked["Access-Control-Request-Method"] in answer.headers["access-control-allow-methods"]
    allowed = {each.strip().lower() for each in answer.headers["access-control-allow-headers"].split(",")}
    assert allowed >= set(asked["Access-Control-Request-Headers"].split(","))
    assert "access-control-allow-origin" not in strangers.headers
