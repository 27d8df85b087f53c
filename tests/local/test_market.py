"""`rideflow market`: its output and its refusals."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from infra.markets import faults
from local.cdk import MARKETS_VARIABLE
from local.cli import app
from rideflow.markets.versions import version_of
from tests.market_data import SAN_FRANCISCO, market_folder


@pytest.fixture(autouse=True)
def no_further_markets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ignore the further markets of the person who runs the tests."""
    monkeypatch.delenv(MARKETS_VARIABLE, raising=False)


def market(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["market", *map(str, arguments)])


def moved(folder: Path, degrees: float) -> None:
    """Move all areas of the market to the south, so that they overlap no others."""
    file = folder / "areas.geojson"
    document = json.loads(file.read_text(encoding="utf-8"))
    for feature in document["features"]:
        rings = feature["geometry"]["coordinates"]
        feature["geometry"]["coordinates"] = [[[lng, lat - degrees] for lng, lat in ring] for ring in rings]
    file.write_text(json.dumps(document), encoding="utf-8")


def test_the_list_names_the_contents_of_a_market() -> None:
    (row,) = json.loads(market("list", "--json").stdout)

    assert row["id"] == "san_francisco"
    assert row["zones"] == ["sf-bay", "south-bay"]
    assert row["products"] == ["economy", "comfort", "xl"]
    assert (row["currency"], row["time_zone"]) == ("USD", "America/Los_Angeles")
    versions = [row["terms_version"], *row["rates_versions"].values()]
    assert versions == [
        version_of("terms", SAN_FRANCISCO.terms),
        *(version_of("rates", rate) for rate in SAN_FRANCISCO.rates.values()),
    ]
    told = market("list").stdout
    assert all(each in told for each in (*versions, "san_francisco", "sf-bay", "xl", "USD", "America/Los_Angeles"))


def test_a_new_market_is_a_copy_that_says_what_to_edit_and_is_refused_until_its_areas_are_moved(tmp_path: Path) -> None:
    made = market("new", "new_york", "--from", "san_francisco", "--into", tmp_path)

    folder = tmp_path / "new_york"
    assert made.exit_code == 0
    assert all(path.name in made.stdout for path in SAN_FRANCISCO.folder.iterdir())
    told = json.loads((folder / "market.json").read_text(encoding="utf-8"))
    assert (told["id"], told["name"], told["currency"]) == ("new_york", "New York", "USD")
    refused = market("validate", folder)
    assert refused.exit_code == 1
    assert 'new_york/areas.geojson: feature 1 (zone "new-york-sf-bay"): overlaps san_francisco/' in refused.stderr
    assert "the id is that of" not in refused.stderr

    moved(folder, 5)
    passed = market("validate", folder)
    assert (passed.exit_code, passed.stderr) == (0, "")
    assert passed.stdout.count("\n") == 1
    assert "new_york" in passed.stdout


@pytest.mark.parametrize("name", ["New York", "new-york", "_", "", "new__york", "../york", "a" * 41])
def test_a_market_gets_no_name_that_is_no_id(tmp_path: Path, name: str) -> None:
    refused = market("new", name, "--from", "san_francisco", "--into", tmp_path)

    assert refused.exit_code == 1
    assert list(tmp_path.iterdir()) == []


def test_an_existing_market_is_not_made_again(tmp_path: Path) -> None:
    folder = market_folder(tmp_path, "town")
    before = (folder / "market.json").read_bytes()

    assert market("new", "town", "--from", "san_francisco", "--into", tmp_path).exit_code == 1
    assert market("new", "san_francisco", "--from", folder).exit_code == 1
    assert (folder / "market.json").read_bytes() == before


def test_every_fault_is_printed_with_its_file(tmp_path: Path) -> None:
    folder = market_folder(tmp_path, "town", terms={"hold_margin": "0.5"}, market={"currency": "USX"})

    refused = market("validate", folder)

    assert refused.exit_code == 1
    assert refused.stderr.splitlines() == faults(folder)
    assert any(line.startswith("town/terms.json: hold_margin: ") for line in refused.stderr.splitlines())
    assert any(line.startswith("town/market.json: currency: ") for line in refused.stderr.splitlines())


def test_a_folder_that_is_none_is_refused(tmp_path: Path) -> None:
    assert market("validate", tmp_path / "nowhere").exit_code == 1
    assert market("validate", tmp_path).exit_code == 1


def test_two_markets_differ_by_section(tmp_path: Path) -> None:
    terms: dict[str, Any] = {"hold_margin": "1.5"}
    folder = market_folder(tmp_path, "town", terms=terms, travel={"recorded_trips": None})

    found = json.loads(market("diff", "san_francisco", folder, "--json").stdout)

    assert list(found) == ["market.json", "terms.json", "travel.json"]
    assert found["terms.json"] == [{"path": "hold_margin", "a": "1.25", "b": "1.5"}]
    assert {"path": "recorded_trips.bend_km", "a": 4.0} in found["travel.json"]
    assert {"path": "recorded_trips", "b": None} in found["travel.json"]
    assert 'hold_margin: "1.25" → "1.5"' in market("diff", "san_francisco", folder).stdout
    assert market("diff", "san_francisco", SAN_FRANCISCO.folder).stdout == "They are alike.\n"


def test_a_folder_that_is_no_market_is_not_compared(tmp_path: Path) -> None:
    assert market("diff", "san_francisco", tmp_path).exit_code == 1


def test_further_markets_are_listed_beside_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    market("new", "town", "--from", "san_francisco", "--into", tmp_path)
    moved(tmp_path / "town", 5)

    by_option = json.loads(market("list", "--json", "--markets", tmp_path).stdout)
    monkeypatch.setenv(MARKETS_VARIABLE, str(tmp_path))
    by_environment = json.loads(market("list", "--json").stdout)

    assert [row["id"] for row in by_option] == ["san_francisco", "town"]
    assert by_option == by_environment
