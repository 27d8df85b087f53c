"""What may not be deployed: each fault is refused by the name of its file and feature."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from infra.markets import MarketFaultsError, check, faults
from infra.markets.__main__ import main
from tests.market_data import market_folder

type Json = dict[str, Any]


def square(west: float, south: float, side: float = 1.0) -> list[list[float]]:
    east, north = west + side, south + side
    return [[west, south], [east, south], [east, north], [west, north], [west, south]]


def feature(ring: list[list[float]], **properties: Any) -> Json:
    geometry = {"type": "Polygon", "coordinates": [ring]}
    return {"type": "Feature", "properties": {"name": "A place", **properties}, "geometry": geometry}


TOWN: Json = {
    "type": "FeatureCollection",
    "features": [
        feature(square(0, 0), kind="zone", id="west"),
        feature(square(1, 0), kind="zone", id="east"),
        feature(square(0.9, 0.4, 0.2), kind="blackout", id="bridge", applies_to=["pickup"], reason="No stopping."),
        feature(
            square(0.1, 0.1, 0.2), kind="fifo", id="port", zone="west", keeps_place_within_m=100.5, other_trips=False
        ),
        feature(square(0.4, 0.1, 0.1), kind="fifo_waiting", id="port-lot", fifo="port"),
    ],
}
WEST, EAST, BRIDGE, PORT, LOT = range(5)


def faults_of(parent: Path, document: Json | str, name: str = "town") -> list[str]:
    folder = market_folder(parent, name)
    text = document if isinstance(document, str) else json.dumps(document)
    (folder / "areas.geojson").write_text(text, encoding="utf-8")
    return faults(own=parent)


def changed(change: Callable[[Json], object]) -> Json:
    town = copy.deepcopy(TOWN)
    change(town)
    return town


def with_ring(number: int, ring: list[Any]) -> Json:
    return changed(lambda town: town["features"][number]["geometry"].update(coordinates=[ring]))


def with_property(number: int, **properties: Any) -> Json:
    return changed(lambda town: town["features"][number]["properties"].update(properties))


def without(number: int, name: str) -> Json:
    return changed(lambda town: town["features"][number]["properties"].pop(name))


def test_the_product_s_own_markets_can_be_deployed() -> None:
    assert faults() == []
    assert main([]) == 0


def test_zones_that_share_a_border_and_a_blackout_over_it_are_fine(tmp_path: Path) -> None:
    assert faults_of(tmp_path, TOWN) == []


def test_a_zone_of_two_polygons_with_a_hole_is_fine_and_another_zone_may_fill_the_hole(tmp_path: Path) -> None:
    islands = [[square(5, 5, 3), square(6, 6, 1)], [square(10, 5)]]

    def change(town: Json) -> None:
        town["features"].append(feature([], kind="zone", id="islands"))
        town["features"][-1]["geometry"] = {"type": "MultiPolygon", "coordinates": islands}
        town["features"].append(feature(square(6, 6), kind="zone", id="in-the-hole"))

    assert faults_of(tmp_path, changed(change)) == []


@pytest.mark.parametrize(
    ("document", "fault"),
    [
        pytest.param(
            with_ring(WEST, square(0, 0)[:-1]),
            'feature 1 (zone "west"): ring 1 is not closed: it begins at [0, 0] and ends at [0, 1]',
            id="not closed",
        ),
        pytest.param(with_ring(WEST, [[0, 0], [1, 1], [0, 0]]), "ring 1 has 3 positions", id="too short"),
        pytest.param(with_ring(WEST, []), "ring 1 is no list of positions", id="empty ring"),
        pytest.param(
            with_ring(WEST, [[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]),
            'feature 1 (zone "west"): ring 1 crosses or touches itself at [0.5, 0.5]',
            id="self-crossing",
        ),
        pytest.param(
            with_ring(WEST, [[0, 0], [1, 0], [1, 1], [1, 0.5], [0, 0.5], [0, 0]]),
            "ring 1 crosses or touches itself",
            id="spike",
        ),
        pytest.param(
            with_ring(WEST, [[0, 0], [1, 0], [1, 0], [1, 1], [0, 0]]), "has [1, 0] twice in a row", id="repeated place"
        ),
        pytest.param(
            with_property(BRIDGE, kind="blackuot"),
            "feature 3 (blackuot \"bridge\"): unknown kind 'blackuot'; known are zone, blackout, fifo, fifo_waiting",
            id="unknown kind",
        ),
        pytest.param(without(BRIDGE, "kind"), "unknown kind None", id="no kind"),
        pytest.param(
            with_property(EAST, id="west"),
            'feature 2 (zone "west"): the id is that of town/areas.geojson: feature 1 (zone "west")',
            id="duplicate id",
        ),
        pytest.param(with_property(EAST, id="{east}"), "property 'id'", id="id that is no hash tag"),
        pytest.param(
            with_ring(EAST, square(0.5, 0)),
            'feature 2 (zone "east"): overlaps town/areas.geojson: feature 1 (zone "west") at',
            id="zones overlap",
        ),
        pytest.param(
            with_ring(EAST, square(0, 0)), "overlaps town/areas.geojson: feature 1", id="a zone is the same as another"
        ),
        pytest.param(
            with_ring(EAST, square(0.4, 0.4, 0.1)), "overlaps town/areas.geojson: feature 1", id="a zone inside another"
        ),
        pytest.param(
            with_ring(BRIDGE, square(5, 5)),
            'feature 3 (blackout "bridge"): lies outside every zone',
            id="blackout outside every zone",
        ),
        pytest.param(
            with_ring(PORT, square(5, 5)),
            'feature 4 (fifo "port"): lies outside every zone',
            id="fifo outside every zone",
        ),
        pytest.param(
            with_ring(LOT, square(5, 5)),
            'feature 5 (fifo_waiting "port-lot"): lies outside every zone',
            id="waiting area outside every zone",
        ),
        pytest.param(
            with_ring(PORT, square(0.9, 0.1, 0.2)), "lies outside its zone 'west'", id="fifo across the border"
        ),
        pytest.param(
            with_ring(LOT, square(1.4, 0.1, 0.1)), "lies outside its zone 'west'", id="waiting area in another zone"
        ),
        pytest.param(with_property(PORT, zone="north"), "there is no zone 'north'", id="fifo of no zone"),
        pytest.param(with_property(LOT, fifo="airport"), "there is no fifo 'airport'", id="waiting area of no fifo"),
        pytest.param(
            with_ring(WEST, [[38.05, -122.6], [37.2, -122.6], [37.2, -121.9], [38.05, -122.6]]),
            "ring 1 has [38.05, -122.6], where latitude stands first; GeoJSON has longitude first",
            id="wrong order",
        ),
        pytest.param(
            with_ring(WEST, [[0, 0], [181, 0], [0, 1], [0, 0]]), "has [181, 0], which is out of range", id="range"
        ),
        pytest.param(
            with_ring(WEST, [[0, 0], ["1", 0], [0, 1], [0, 0]]),
            "has a position that is not [longitude, latitude]: ['1', 0]",
            id="text for a number",
        ),
        pytest.param(with_ring(WEST, [[0, 0, 5], [1, 0, 5], [0, 1, 5], [0, 0, 5]]), "a position that is", id="height"),
        pytest.param(
            with_property(BRIDGE, colour="red"),
            "feature 3 (blackout \"bridge\"): unknown property 'colour'",
            id="unknown property",
        ),
        pytest.param(without(BRIDGE, "reason"), "property 'reason' is missing", id="blackout without a reason"),
        pytest.param(with_property(BRIDGE, reason=" "), "property 'reason'", id="empty reason"),
        pytest.param(with_property(BRIDGE, applies_to=[]), "property 'applies_to'", id="blackout of nothing"),
        pytest.param(with_property(BRIDGE, applies_to=["dropof"]), "property 'applies_to.0'", id="unknown end"),
        pytest.param(with_property(BRIDGE, applies_to=["pickup"] * 2), "an end is named twice", id="end named twice"),
        pytest.param(with_property(PORT, other_trips="no"), "property 'other_trips'", id="text for a truth"),
        pytest.param(with_property(PORT, keeps_place_within_m=-1), "'keeps_place_within_m'", id="negative margin"),
        pytest.param(
            changed(lambda town: town["features"][WEST].update(geometry={"type": "Point", "coordinates": [0, 0]})),
            "its geometry is 'Point'; an area is a Polygon or a MultiPolygon",
            id="no area",
        ),
        pytest.param(
            changed(lambda town: town["features"][WEST]["geometry"].update(coordinates=[])),
            "has no rings",
            id="no coordinates",
        ),
        pytest.param(
            changed(
                lambda town: town["features"][WEST]["geometry"].update(
                    coordinates=[square(0, 0), square(0.5, 0.5, 0.8)]
                )
            ),
            "hole 1 reaches out of its polygon",
            id="hole that reaches out",
        ),
        pytest.param(
            changed(
                lambda town: town["features"][WEST]["geometry"].update(
                    coordinates=[square(0, 0), square(0.1, 0.1, 0.5), square(0.2, 0.2, 0.1)]
                )
            ),
            "holes 1 and 2 overlap",
            id="holes overlap",
        ),
        pytest.param(
            changed(
                lambda town: town["features"][WEST].update(
                    geometry={"type": "MultiPolygon", "coordinates": [[square(0, 0)], [square(0.1, 0.1, 0.5)]]}
                )
            ),
            "polygons 1 and 2 overlap",
            id="polygons overlap",
        ),
        pytest.param(changed(lambda town: town["features"].append("a zone")), "feature 6: is no GeoJSON", id="text"),
        pytest.param(
            changed(lambda town: town["features"][WEST].update(bbox=[])), "unknown member 'bbox'", id="unknown member"
        ),
        pytest.param(changed(lambda town: town.update(crs={})), "has an unknown member 'crs'", id="member of the file"),
        pytest.param(changed(lambda town: town.update(features=[])), "town/areas.geojson: has no zone", id="no zone"),
        pytest.param(changed(lambda town: town.pop("features")), "has no list of features", id="no features"),
        pytest.param(changed(lambda town: town.update(type="Feature")), "is no GeoJSON of areas", id="no collection"),
        pytest.param("{", "town/areas.geojson: line 1: is no JSON", id="no JSON"),
        pytest.param('{"type": NaN}', "has NaN, which is no number in JSON", id="NaN"),
    ],
)
def test_a_fault_is_refused_and_named(tmp_path: Path, document: Json | str, fault: str) -> None:
    found = faults_of(tmp_path, document)

    assert any(fault in each for each in found), found
    assert all(each.startswith("town/areas.geojson: ") for each in found)


def test_a_second_waiting_area_of_a_queue_is_refused(tmp_path: Path) -> None:
    more = feature(square(0.6, 0.1, 0.1), kind="fifo_waiting", id="port-lot-2", fifo="port")

    (fault,) = faults_of(tmp_path, changed(lambda town: town["features"].append(more)))

    assert "has a waiting area" in fault


def test_queues_whose_areas_overlap_are_refused(tmp_path: Path) -> None:
    more = feature(
        square(0.2, 0.2, 0.2), kind="fifo", id="ferry", zone="west", keeps_place_within_m=0, other_trips=True
    )

    (fault,) = faults_of(tmp_path, changed(lambda town: town["features"].append(more)))

    assert "pickups of queues may not" in fault


def test_ids_and_zones_are_judged_over_all_markets(tmp_path: Path) -> None:
    faults_of(tmp_path, TOWN)

    found = faults_of(tmp_path, TOWN, "village")

    first = 'town/areas.geojson: feature 1 (zone "west")'
    assert f'village/areas.geojson: feature 1 (zone "west"): the id is that of {first}' in found
    assert any("village/areas.geojson: feature 1" in fault and f"overlaps {first}" in fault for fault in found)


def test_a_zone_of_another_market_makes_no_place_served(tmp_path: Path) -> None:
    """A queue, and a blackout area, lie in a zone of their own market."""
    faults_of(tmp_path, TOWN)
    village = changed(lambda town: town["features"].clear())
    village["features"] = [
        feature(square(20, 20), kind="zone", id="village"),
        feature(square(0.2, 0.4, 0.1), kind="blackout", id="well", applies_to=["pickup"], reason="No stopping."),
    ]

    assert faults_of(tmp_path, village, "village") == [
        'village/areas.geojson: feature 2 (blackout "well"): lies outside every zone'
    ]


def test_everything_that_is_wrong_is_said_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def change(town: Json) -> None:
        town["features"][WEST]["properties"]["kind"] = "area"
        town["features"][BRIDGE]["properties"]["colour"] = "red"

    faults_of(tmp_path, changed(change))
    (tmp_path / "town" / "terms.json").write_text("{}")

    with pytest.raises(MarketFaultsError) as refused:
        check(tmp_path)
    assert [text in str(refused.value) for text in ("hold_margin", "'area'", "'colour'")] == [True] * 3
    assert main([str(tmp_path)]) == 1
    assert "'colour'" in capsys.readouterr().err


def test_a_folder_without_markets_is_refused(tmp_path: Path) -> None:
    assert faults(tmp_path) == [f"{tmp_path}: there is no market's folder, one that has a market.json"]
