"""What the files of a market may not say: each fault is refused by the name of its file and its place in it."""

import json
from pathlib import Path
from typing import Any

import pytest

from infra.markets import faults
from tests.market_data import SAN_FRANCISCO, market_folder

ECONOMY = {"economy": {"name": "Economy", "seats": 4, "served_by": ["economy"]}}
RATE = json.loads((SAN_FRANCISCO.folder / "rates.json").read_text(encoding="utf-8"))["products"]["economy"]


def test_a_copy_under_another_name_is_fine_by_itself(tmp_path: Path) -> None:
    market_folder(tmp_path, "town")

    assert faults(own=tmp_path) == []


def test_a_copy_beside_the_original_has_its_ids_and_its_areas(tmp_path: Path) -> None:
    market_folder(tmp_path, "town")

    found = faults(tmp_path)

    assert any("the id is that of san_francisco/areas.geojson" in fault for fault in found)
    assert any("overlaps san_francisco/areas.geojson" in fault for fault in found)
    assert all(fault.startswith("town/areas.geojson: ") for fault in found)


def test_a_market_whose_folder_is_asked_for_is_judged_as_those_of_a_folder(tmp_path: Path) -> None:
    folder = market_folder(tmp_path, "town", terms={"hold_margin": "0.5"})

    assert faults(folder) == faults(tmp_path) != []


@pytest.mark.parametrize(
    ("sections", "fault"),
    [
        ({"market": {"currency": "USX"}}, "market.json: currency: unknown currency 'USX'"),
        ({"market": {"currency": "ISK"}}, "market.json: currency: Stripe counts ISK in other minor units"),
        ({"market": {"currency": "KWD"}}, "market.json: currency: Stripe counts KWD in other minor units"),
        ({"market": {"time_zone": "America/Frisco"}}, "market.json: time_zone: unknown time zone 'America/Frisco'"),
        ({"market": {"time_zone": "America"}}, "market.json: time_zone: unknown time zone 'America'"),
        ({"market": {"country": "UK"}}, "market.json: country: unknown country 'UK'"),
        ({"market": {"languages": ["xx"]}}, "market.json: languages.0: unknown language 'xx'"),
        ({"market": {"languages": ["en", "en-XX"]}}, "market.json: languages.1: unknown language 'en-XX'"),
        ({"market": {"languages": ["en", "en"]}}, "market.json: languages: one is named twice"),
        ({"market": {"languages": []}}, "market.json: languages: "),
        ({"market": {"mayor": "Mary"}}, "market.json: mayor: is unknown"),
        ({"market": {"name": " "}}, "market.json: name: "),
        ({"products": {"products": {}}}, "products.json: products: "),
        ({"products": {"products": {"economy": {"name": "Economy"}}}}, "products.economy.seats: is missing"),
        ({"rates": {"products": {"economy": RATE | {"base_minor": -1}}}}, "rates.json: products.economy.base_minor: "),
        ({"rates": {"city": "town"}}, "rates.json: city: is unknown"),
        ({"rules": {"silence": {}}}, "rules.json: silence.handed_back_after_s: is missing"),
        ({"terms": {"driver_share": "1.2"}}, "terms.json: driver_share: "),
        ({"travel": {"detour_factor": "0.9"}}, "travel.json: detour_factor: "),
        ({"matching": {"search": []}}, "matching.json: search: "),
        ({"matching": {"search": [{"waited_s": 1, "radius_m": 10}]}}, "matching.json: the first step of the search"),
        (
            {"matching": {"search": [{"waited_s": 0, "radius_m": 10}, {"waited_s": 5, "radius_m": 9}]}},
            "matching.json: the steps of the search follow one another in time, and no circle shrinks",
        ),
        ({"documents": {"max_vehicle_age_years": -1}}, "documents.json: max_vehicle_age_years: "),
        (
            {"products": {"products": ECONOMY}},
            "rates.json: products.comfort: there is no such product in products.json",
        ),
        (
            {"rates": {"products": {"economy": RATE, "comfort": RATE}}},
            "products.json: products.xl: has no rates in rates.json",
        ),
        (
            {"products": {"products": ECONOMY | {"boat": {"name": "Boat", "seats": 9, "served_by": ["ferry"]}}}},
            "products.json: products.boat.served_by: 'ferry' is no vehicle class of market.json",
        ),
        (
            {"products": {"products": {"economy": {**ECONOMY["economy"], "upgrades": ["ferry"]}}}},
            "products.json: products.economy.upgrades: 'ferry' is no vehicle class of market.json",
        ),
        (
            {"products": {"products": {"economy": {**ECONOMY["economy"], "upgrades": ["economy"]}}}},
            "products.json: products.economy.upgrades: 'economy' serves the product anyway",
        ),
        (
            {"products": {"products": {"economy": {**ECONOMY["economy"], "served_by": []}}}},
            "products.json: products.economy.served_by: ",
        ),
        (
            {"products": {"products": {"economy": {**ECONOMY["economy"], "served_by": ["economy", "economy"]}}}},
            "products.json: products.economy.served_by: one is named twice",
        ),
        (
            {"products": {"products": {"Economy!": ECONOMY["economy"]}}},
            "products.json: products.Economy!.[key]: ",
        ),
        (
            {"market": {"vehicle_classes": ["economy", "comfort", "xl", "ferry"]}},
            "market.json: vehicle_classes: 'ferry' serves no product of products.json",
        ),
        ({"market": {"vehicle_classes": ["xl", "xl"]}}, "market.json: vehicle_classes: one is named twice"),
        ({"market": {"vehicle_classes": ["Big Van"]}}, "market.json: vehicle_classes.0: "),
    ],
)  # fmt: skip
def test_a_fault_is_refused_and_named(tmp_path: Path, sections: dict[str, Any], fault: str) -> None:
    market_folder(tmp_path, "town", **sections)

    found = faults(own=tmp_path)

    assert any(fault in each for each in found), found
    assert all(each.startswith("town/") for each in found)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('{\n  "hold_margin": "1.25",\n}', "town/terms.json: line 2: is no JSON: "),
        ('{"hold_margin": 1, "hold_margin": 2}', "town/terms.json: names 'hold_margin' twice in one object"),
        ('{"hold_margin": Infinity}', "town/terms.json: has Infinity, which is no number in JSON"),
        ("[]", "town/terms.json: "),
    ],
)
def test_a_file_that_cannot_be_read_is_named_with_the_line(tmp_path: Path, text: str, fault: str) -> None:
    (market_folder(tmp_path, "town") / "terms.json").write_text(text, encoding="utf-8")

    (found,) = faults(own=tmp_path)

    assert found.startswith(fault)


def test_each_missing_and_each_unknown_file_is_named(tmp_path: Path) -> None:
    folder = market_folder(tmp_path, "town")
    files = sorted(path.name for path in folder.iterdir())
    (folder / "terms.json").rename(folder / "term.json")
    for file in ("market.json", "areas.geojson"):
        (folder / file).unlink()

    assert set(faults(own=tmp_path)) == {
        "town/term.json: is no file of a market",
        *(f"town/{file}: is missing" for file in ("terms.json", "market.json", "areas.geojson")),
    }
    assert len(files) == 9


def test_the_folder_has_the_name_of_its_market(tmp_path: Path) -> None:
    market_folder(tmp_path, "town").rename(tmp_path / "village")

    assert faults(own=tmp_path) == [
        "village/market.json: id: the folder of 'town' is to be named town",
    ]


def test_a_further_market_of_the_name_of_one_of_ours_is_refused(tmp_path: Path) -> None:
    market_folder(tmp_path, "san_francisco")

    assert f"{tmp_path / 'san_francisco'}: another folder of a market has the same name" in faults(tmp_path)
