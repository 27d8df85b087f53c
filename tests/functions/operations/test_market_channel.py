"""The handlers of the operators' channel: watching starts a producer, once, and roles decide who may watch."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest

from functions.operations import produce_frames, unwatch_market, watch_market
from rideflow.operations.channel import producer as producing
from rideflow.operations.wiring import frame_producers, market_watch
from rideflow.realtime.gateway import ManagementGateway
from tests.functions.cloud import Cloud
from tests.functions.lambda_events import Answer, LambdaContext, answer, signed_in, sqs_event, websocket_event

MARKET = "san_francisco"
CITY = {"south": 37.70, "west": -122.52, "north": 37.82, "east": -122.35}


def watch(role: str = "operator", **fields: Any) -> Answer:
    message = {"market": MARKET, "viewport": CITY, **fields}
    return answer(watch_market.app, websocket_event("market.watch", message, signed_in(role)))


def frames_queue(cloud: Cloud) -> list[dict[str, Any]]:
    return cloud.messages(os.environ["CHANNEL_QUEUE_URL"])


def test_whoever_watches_first_starts_the_producer_and_is_told_until_when(cloud: Cloud) -> None:
    first, second = watch(), watch(request_id="again")

    assert (first.status, first.body["type"], first.body["data"]["market"]) == (200, "market.watching", MARKET)
    assert second.body["request_id"] == "again"
    (message,) = frames_queue(cloud)
    assert message["market"] == MARKET


def test_the_producer_posts_to_the_connection_and_ends_when_nobody_watches(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch()
    (message,) = frames_queue(cloud)
    posted: list[dict[str, Any]] = []

    def post(_gateway: object, _connection: str, text: str) -> None:
        posted.append(json.loads(text))
        answer(unwatch_market.app, websocket_event("market.unwatch", {}, signed_in("operator")))

    monkeypatch.setattr(ManagementGateway, "post", post)
    monkeypatch.setattr(producing, "FRAME_EVERY", producing.FRAME_EVERY * 0)

    assert produce_frames.app(sqs_event(message), LambdaContext()) == {"batchItemFailures": []}
    assert [frame["type"] for frame in posted] == ["market.snapshot"]
    assert frames_queue(cloud) == []


@pytest.mark.parametrize("role", ["rider", "driver"])
def test_riders_and_drivers_may_not_watch(role: str, cloud: Cloud) -> None:
    refused = watch(role)

    assert (refused.status, refused.code) == (403, "permission_missing")
    assert frames_queue(cloud) == []


@pytest.mark.parametrize(
    "viewport",
    [
        {**CITY, "south": 38.0},
        {**CITY, "east": -123.0},
        {**CITY, "north": 91},
        {"south": 37.7, "west": -122.5},
    ],
)
def test_a_viewport_has_four_edges_and_an_inside(viewport: dict[str, float], cloud: Cloud) -> None:
    refused = watch(viewport=viewport)

    assert (refused.status, refused.code) == (422, "invalid_input")


def test_an_unknown_market_is_named(cloud: Cloud) -> None:
    refused = watch(market="atlantis")

    assert (refused.status, refused.code) == (404, "unknown_market")
    assert MARKET in refused.body["data"]["markets"]


def test_what_is_wired_is_built_once(cloud: Cloud) -> None:
    assert market_watch() is market_watch()
    assert frame_producers() is frame_producers()
