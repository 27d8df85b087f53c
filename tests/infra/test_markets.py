"""Templates are written only for markets without faults."""

import json
import runpy
import zipfile
from pathlib import Path

import pytest

from infra import assembly, layers
from infra.markets import faults
from infra.stages import STAGES, stage_of
from rideflow.markets.loading import market_in
from tests.market_data import market_folder

ROOT = Path(__file__).parents[2]


def test_a_synth_refuses_markets_that_cannot_be_deployed_and_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    areas = market_folder(tmp_path, "elsewhere") / "areas.geojson"
    document = json.loads(areas.read_text(encoding="utf-8"))
    document["features"][0]["geometry"]["coordinates"][0].pop()
    areas.write_text(json.dumps(document), encoding="utf-8")
    stage = stage_of({"markets": str(tmp_path)}.get)
    monkeypatch.setattr(assembly, "stage_of", lambda _: stage)

    with pytest.raises(SystemExit) as refused:
        runpy.run_path(str(ROOT / "app.py"))

    assert 'elsewhere/areas.geojson: feature 1 (zone "sf-bay"): ring 1 is not closed' in str(refused.value.code)


def test_further_markets_are_in_the_layer_and_in_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layers, "_BUILD", tmp_path / "build")
    market_folder(tmp_path / "further", "elsewhere")
    without, before = layers.rideflow_layer(), layers.rideflow_layer(tmp_path / "further")

    with zipfile.ZipFile(before.path) as opened:
        files = [name for name in opened.namelist() if name.startswith("python/rideflow/markets/elsewhere/")]
        told = json.loads(opened.read("python/rideflow/markets/elsewhere/market.json"))
    assert len(files) == 9
    assert told["id"] == "elsewhere"

    terms = tmp_path / "further" / "elsewhere" / "terms.json"
    terms.write_text(terms.read_text().replace('"1.25"', '"1.30"'))
    after = layers.rideflow_layer(tmp_path / "further")
    assert len({without.digest, before.digest, after.digest}) == 3


def test_the_context_names_the_folder_of_further_markets_in_every_stage(tmp_path: Path) -> None:
    for name in STAGES:
        assert stage_of({"stage": name, "markets": str(tmp_path)}.get).further_markets == tmp_path
        assert stage_of({"stage": name}.get).further_markets is None


@pytest.mark.parametrize(
    ("basemap", "said"),
    [
        ({"pmtiles": "http://tiles.example.org/a.pmtiles"}, "begins with https://"),
        ({"pmtiles": "https:///a.pmtiles"}, "begins with https:// and a host"),
        ({"pmtiles": "https://tiles.example.org/a.mbtiles"}, "ends in .pmtiles"),
        ({"pmtiles": "https://*.example.org/a.pmtiles"}, "has a host, a path and no more"),
        ({"pmtiles": "https://me:you@tiles.example.org/a.pmtiles"}, "has a host, a path and no more"),
        ({"folder": "../elsewhere"}, "basemap.folder"),
        ({"folder": "ground"}, "ground: is no folder"),
        ({"folder": "empty"}, "empty: has no file that ends in .geojson or .json"),
        ({"folder": "basemap"}, "basemap: roads.geojson is no GeoJSON"),
        ({"pmtiles": "https://tiles.example.org/a.pmtiles", "folder": "basemap"}, "is either"),
        ({}, "is either"),
        ({"raster": "https://tiles.example.org"}, "basemap.raster: is unknown"),
    ],
)
def test_a_ground_that_a_map_could_not_show_is_refused_by_name(
    tmp_path: Path, basemap: dict[str, str], said: str
) -> None:
    folder = market_with(tmp_path, basemap)
    (folder / "empty").mkdir()
    (folder / "basemap").mkdir()
    (folder / "basemap" / "roads.geojson").write_text('{"type": "Topology"}')

    found = [each for each in faults(tmp_path) if "is no file of a market" not in each]

    assert any(each.startswith("elsewhere/") and said in each for each in found), found


@pytest.mark.parametrize(
    ("view", "said"),
    [
        ({"lat": 52.5, "lng": 13.4, "zoom": 11}, "view: [13.4, 52.5] lies outside every zone"),
        ({"lat": 37.7, "lng": -122.4}, "view.zoom: is missing"),
        ({"lat": 37.7, "lng": -122.4, "zoom": 40}, "view.zoom"),
    ],
)
def test_a_map_that_would_not_begin_in_its_market_is_refused(tmp_path: Path, view: dict[str, float], said: str) -> None:
    market_with(tmp_path, {"pmtiles": "https://tiles.example.org/a.pmtiles"}, view)

    assert [each for each in faults(tmp_path) if each.startswith(f"elsewhere/market.json: {said}")]


def test_a_grounds_folder_is_one_of_the_market_and_stays_out_of_the_layer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layers, "_BUILD", tmp_path / "build")
    folder = market_with(tmp_path / "further", {"folder": "basemap"})
    (folder / "basemap").mkdir()
    (folder / "basemap" / "roads.geojson").write_text('{"type": "FeatureCollection", "features": []}')
    built = layers.rideflow_layer(tmp_path / "further")

    assert not [each for each in faults(tmp_path / "further") if "basemap" in each]
    with zipfile.ZipFile(built.path) as opened:
        names = [each for each in opened.namelist() if "/elsewhere/" in each]
    assert len(names) == 9
    assert market_in(folder).id == "elsewhere", "functions read a market with a ground"


def market_with(parent: Path, basemap: dict[str, str], view: dict[str, float] | None = None) -> Path:
    folder = market_folder(parent, "elsewhere")
    market = folder / "market.json"
    told = json.loads(market.read_text(encoding="utf-8")) | {"basemap": basemap}
    market.write_text(json.dumps(told | ({"view": view} if view else {})))
    return folder
