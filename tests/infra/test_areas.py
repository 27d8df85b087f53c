"""Templates are written of service areas that can be deployed, and of no others."""

import json
import runpy
from functools import partial
from pathlib import Path

import pytest

from infra import assembly
from infra.areas import CITIES, check

ROOT = Path(__file__).parents[2]


def test_a_synth_refuses_areas_that_cannot_be_deployed_and_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = json.loads((CITIES / "san_francisco.geojson").read_text(encoding="utf-8"))
    document["features"][0]["geometry"]["coordinates"][0].pop()
    (tmp_path / "san_francisco.geojson").write_text(json.dumps(document), encoding="utf-8")
    monkeypatch.setattr(assembly, "check_areas", partial(check, tmp_path))

    with pytest.raises(SystemExit) as refused:
        runpy.run_path(str(ROOT / "app.py"))

    assert 'san_francisco.geojson: feature 1 (zone "sf-bay"): ring 1 is not closed' in str(refused.value.code)
