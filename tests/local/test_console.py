"""The console's files in a stage's bucket: what they are, how long browsers keep them, and when they are deleted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from infra.markets import MARKETS
from local.cloud import Cloud
from local.console import basemaps, content, publishing
from local.console.files import ASKED_FOR, FOREVER, ConsoleError, File
from local.console.publishing import LEFT_FOR
from tests.market_data import market_folder

BUCKET = "rideflow-dev-console"
URL = "https://d1.cloudfront.net/"
API = {"RestUrl": "https://api.example.com/live", "WebSocketUrl": "wss://ws.example.com/live"}
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
MARKET = "markets/san_francisco.json"


class CloudFormation:
    """Knows the outputs of the stacks that publishing asks."""

    def describe_stacks(self, StackName: str) -> dict[str, Any]:  # noqa: N803 - boto3's own name
        outputs = {"api": API, "console": {"ConsoleBucket": BUCKET, "ConsoleUrl": URL}}[StackName.rpartition("-")[2]]
        return {"Stacks": [{"Outputs": [{"OutputKey": k, "OutputValue": v} for k, v in outputs.items()]}]}


class Recorder:
    """S3, with the keys in the order in which they were written; it may die before a key."""

    def __init__(self, s3: Any) -> None:
        self._s3 = s3
        self.written: list[str] = []
        self.dies_at: str | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._s3, name)

    def put_object(self, **what: Any) -> Any:
        if what["Key"] == self.dies_at:
            raise ConnectionError("the network is gone")
        self.written.append(what["Key"])
        return self._s3.put_object(**what)


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Recorder]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket=BUCKET)
        yield Recorder(client)


@pytest.fixture
def build(tmp_path: Path) -> Path:
    return built(tmp_path / "dist", "a1")


def built(folder: Path, mark: str) -> Path:
    (folder / "assets").mkdir(parents=True, exist_ok=True)
    for old in (folder / "assets").iterdir():
        old.unlink()
    for name in (f"index-{mark}.js", f"index-{mark}.css", f"worker-{mark}.mjs"):
        (folder / "assets" / name).write_text(mark)
    (folder / "index.html").write_text(f"<script src=assets/index-{mark}.js>")
    (folder / "icon.svg").write_text("<svg/>")
    (folder / ".made-from").write_text("of the set-up alone")
    return folder


def publish(s3: Recorder, build: Path, now: datetime = NOW, **more: Any) -> str:
    cloud = Cloud("dev", lambda service: {"s3": s3, "cloudformation": CloudFormation()}[service])
    stripe = more.pop("stripe", content.StripeForBrowsers())
    return publishing.publish(cloud, build, stripe=stripe, now=now, **more)


def keys(s3: Recorder) -> set[str]:
    return {each["Key"] for each in s3.list_objects_v2(Bucket=BUCKET).get("Contents", ())}


def told(s3: Recorder, key: str) -> Any:
    return json.loads(s3.get_object(Bucket=BUCKET, Key=key)["Body"].read())


def test_files_have_the_kinds_and_times_that_browsers_need(s3: Recorder, build: Path) -> None:
    assert publish(s3, build) == URL

    heads = {key: s3.head_object(Bucket=BUCKET, Key=key) for key in keys(s3)}
    assert {key: (head["ContentType"], head["CacheControl"]) for key, head in heads.items()} == {
        "index.html": ("text/html; charset=utf-8", ASKED_FOR),
        "icon.svg": ("image/svg+xml", ASKED_FOR),
        "config.json": ("application/json", ASKED_FOR),
        MARKET: ("application/json", ASKED_FOR),
        "assets/index-a1.js": ("text/javascript; charset=utf-8", FOREVER),
        "assets/index-a1.css": ("text/css; charset=utf-8", FOREVER),
        "assets/worker-a1.mjs": ("text/javascript; charset=utf-8", FOREVER),
    }


def test_the_entry_page_comes_last_and_what_it_loads_first(s3: Recorder, build: Path) -> None:
    publish(s3, build)

    assert s3.written[-1] == "index.html"
    assert {each.startswith("assets/") for each in s3.written[:3]} == {True}


def test_the_settings_are_what_the_stacks_and_the_markets_tell(s3: Recorder, build: Path) -> None:
    publish(s3, build, stripe=content.StripeForBrowsers("pk_test_1", "http://127.0.0.1:1"))

    assert told(s3, "config.json") == {
        "stage": "dev",
        "rest_url": API["RestUrl"],
        "websocket_url": API["WebSocketUrl"],
        "markets": ["san_francisco"],
        "stripe_publishable_key": "pk_test_1",
        "stripe_url": "http://127.0.0.1:1",
    }
    market = told(s3, MARKET)
    areas = market["areas"]["features"]
    assert (market["id"], market["currency"], market["basemap"]) == ("san_francisco", "USD", None)
    assert market["products"][0] == {"id": "economy", "name": "Economy", "seats": 4}
    assert {each["properties"]["kind"] for each in areas} >= {"zone", "blackout", "fifo"}
    assert set().union(*(each["properties"] for each in areas)) <= {"kind", "id", "name", "reason", "zone", "fifo"}


def test_a_stage_without_a_publishable_key_says_so(s3: Recorder, build: Path) -> None:
    publish(s3, build)

    assert told(s3, "config.json")["stripe_publishable_key"] is None


def test_publishing_again_changes_nothing(s3: Recorder, build: Path) -> None:
    publish(s3, build)
    before = {key: s3.get_object(Bucket=BUCKET, Key=key)["ETag"] for key in keys(s3)}
    publish(s3, build, NOW + timedelta(days=30))

    assert not [key for key in before if s3.get_object_tagging(Bucket=BUCKET, Key=key)["TagSet"]], "all are in use"
    assert {key: s3.get_object(Bucket=BUCKET, Key=key)["ETag"] for key in keys(s3)} == before


def test_an_open_tab_finds_its_parts_for_a_week_after_the_publish_that_left_them_out(s3: Recorder, build: Path) -> None:
    publish(s3, build, NOW)
    built(build, "b2")
    publish(s3, build, NOW + timedelta(days=100))
    publish(s3, build, NOW + timedelta(days=100) + LEFT_FOR - timedelta(seconds=1))
    assert "assets/index-a1.js" in keys(s3), "what was current for long is left out since just now"

    publish(s3, build, NOW + timedelta(days=100) + LEFT_FOR)
    assert {each for each in keys(s3) if each.startswith("assets/")} == {
        "assets/index-b2.js", "assets/index-b2.css", "assets/worker-b2.mjs",
    }  # fmt: skip


def test_a_file_that_comes_back_is_not_deleted_for_having_been_away(s3: Recorder, build: Path) -> None:
    publish(s3, build, NOW)
    publish(s3, built(build, "b2"), NOW + timedelta(days=1))
    publish(s3, built(build, "a1"), NOW + timedelta(days=2))
    publish(s3, built(build, "b2"), NOW + timedelta(days=9))

    assert "assets/index-a1.js" in keys(s3), "it was left out anew on the ninth day"


def test_a_publish_that_dies_leaves_the_former_page_whole_and_may_be_repeated(s3: Recorder, build: Path) -> None:
    publish(s3, build)
    built(build, "b2")
    for dies_at in ("assets/index-b2.css", "config.json", "index.html"):
        s3.dies_at = dies_at
        with pytest.raises(ConnectionError):
            publish(s3, build, NOW + timedelta(days=30))
        page = s3.get_object(Bucket=BUCKET, Key="index.html")["Body"].read().decode()
        assert "index-a1.js" in page
        assert "assets/index-a1.js" in keys(s3)
    s3.dies_at = None
    publish(s3, build, NOW + timedelta(days=30))
    assert "index-b2.js" in s3.get_object(Bucket=BUCKET, Key="index.html")["Body"].read().decode()


def test_a_file_of_an_unknown_kind_stops_a_publish_before_the_page(s3: Recorder, build: Path) -> None:
    (build / "notes.xyz").write_text("?")

    with pytest.raises(ConsoleError, match=r"notes\.xyz: no content type is known for \.xyz"):
        publish(s3, build)
    assert "index.html" not in keys(s3)


def test_without_a_build_it_says_what_to_do(s3: Recorder, tmp_path: Path) -> None:
    with pytest.raises(ConsoleError, match="make setup"):
        publish(s3, tmp_path)


def test_a_market_says_where_its_map_begins_and_what_a_late_cancellation_costs() -> None:
    told = content.market(MARKETS / "san_francisco", None)
    rules = json.loads((MARKETS / "san_francisco" / "rules.json").read_text())["cancellation"]

    assert told["view"] == json.loads((MARKETS / "san_francisco" / "market.json").read_text())["view"]
    assert told["cancellation"] == {
        "fee_minor": rules["cancellation_fee_minor"], "grace_s": rules["cancellation_grace_s"],
    }  # fmt: skip


def test_without_a_view_of_its_own_a_market_shows_every_area_and_little_more(tmp_path: Path) -> None:
    folder = market_folder(tmp_path, "elsewhere")
    market = content.market(folder, None)
    view = market["view"]
    places = [place for each in market["areas"]["features"] for place in places_of(each["geometry"]["coordinates"])]
    degrees_across = 360 / 512 / 2 ** view["zoom"] * 900

    assert max(abs(lng - view["lng"]) for lng, _ in places) <= degrees_across / 2 + 0.001
    assert min(lat for _, lat in places) < view["lat"] < max(lat for _, lat in places)
    assert 6 < view["zoom"] < 12


def places_of(coordinates: Any) -> Iterator[tuple[float, float]]:
    if isinstance(coordinates[0], float | int):
        yield coordinates[0], coordinates[1]
    else:
        for each in coordinates:
            yield from places_of(each)


def test_a_folder_of_geojson_is_published_beside_its_market(s3: Recorder, build: Path, tmp_path: Path) -> None:
    folder = market_folder(tmp_path / "further", "elsewhere")
    ground = folder / "basemap"
    ground.mkdir()
    (ground / "roads.geojson").write_text('{"type": "FeatureCollection", "features": []}')
    market = folder / "market.json"
    market.write_text(json.dumps(json.loads(market.read_text()) | {"basemap": {"folder": "basemap"}}))

    publish(s3, build, further_markets=tmp_path / "further")

    assert told(s3, "markets/elsewhere.json")["basemap"] == {"geojson": ["markets/elsewhere/roads.geojson"]}
    roads = s3.get_object(Bucket=BUCKET, Key="markets/elsewhere/roads.geojson")
    assert (roads["ContentType"], roads["CacheControl"]) == ("application/json", ASKED_FOR)


def test_a_folder_to_look_at_takes_the_place_of_the_first_markets_ground(
    s3: Recorder, build: Path, tmp_path: Path
) -> None:
    (tmp_path / "ground").mkdir()
    (tmp_path / "ground" / "roads.json").write_text('{"type": "FeatureCollection", "features": []}')

    market_folder(tmp_path / "further", "elsewhere")
    publish(s3, build, basemap=tmp_path / "ground", further_markets=tmp_path / "further")

    assert told(s3, MARKET)["basemap"] == {"geojson": ["markets/san_francisco/roads.json"]}
    assert told(s3, "markets/elsewhere.json")["basemap"] is None


def test_an_address_of_tiles_reaches_the_console_as_it_is(tmp_path: Path) -> None:
    folder = market_folder(tmp_path, "elsewhere")
    market, address = folder / "market.json", {"pmtiles": "https://tiles.example.org/elsewhere.pmtiles"}
    market.write_text(json.dumps(json.loads(market.read_text()) | {"basemap": address}))

    assert basemaps.of(folder) == (address, [])


def test_a_folder_without_geojson_is_no_ground(tmp_path: Path) -> None:
    with pytest.raises(ConsoleError, match=r"has no file that ends in \.geojson or \.json"):
        basemaps.files_of(tmp_path)


def test_a_folder_that_is_gone_is_no_ground(tmp_path: Path) -> None:
    with pytest.raises(ConsoleError, match="there is no such folder"):
        basemaps.files_of(tmp_path / "gone")


def test_what_has_a_hash_in_its_name_is_kept_and_the_rest_asked_for() -> None:
    assert File("assets/a-1.js", b"").kept == FOREVER
    assert {File(key, b"").kept for key in ("index.html", "config.json", "markets/x.json")} == {ASKED_FOR}
